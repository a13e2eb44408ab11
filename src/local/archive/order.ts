import { z } from 'zod';
import { positiveDecimal, symbol, timeframe, type Timeframe } from '../../schemas/primitives.ts';
import { importFlag, type Spec } from './spec.ts';

const month = z.string().regex(/^20[0-9]{2}-(0[1-9]|1[0-2])$/);

/** Which months of which candles to fetch. */
export interface Order {
  readonly symbol: string;
  readonly timeframe: Timeframe;
  /** `2024-01`, oldest first. */
  readonly months: readonly string[];
}

/** What is wrong with the words of the command line; the message is for the user. */
export class OrderError extends Error {}

/**
 * Reads `SYMBOL TIMEFRAME FROM [TO]`; without `TO` it is one month.
 * @throws OrderError naming the word at fault.
 */
export function readOrder(words: readonly string[]): Order {
  const [name = '', length = '', from = '', to = from, ...more] = words;
  if (more.length > 0) throw new OrderError(`There is a word too many: ${more.join(' ')}`);
  const candles = timeframe.safeParse(length);
  if (!symbol.safeParse(name).success)
    throw new OrderError(`SYMBOL is 2-20 characters of A-Z and 0-9, not "${name}".`);
  if (!candles.success)
    throw new OrderError(`TIMEFRAME is one of ${timeframe.options.join(', ')}, not "${length}".`);
  for (const [word, text] of [
    ['FROM', from],
    ['TO', to],
  ] as const)
    if (!month.safeParse(text).success)
      throw new OrderError(`${word} is a month such as 2024-01, not "${text}".`);
  if (to < from) throw new OrderError(`TO is before FROM: ${to} before ${from}.`);
  return { symbol: name, timeframe: candles.data, months: monthsFromTo(from, to) };
}

/**
 * Checks the decimals of a symbol's spec.
 * @throws OrderError naming the flag at fault.
 */
export function checkSpec(spec: Spec): void {
  for (const [field, value] of Object.entries(spec)) {
    const read = positiveDecimal.optional().safeParse(value);
    if (!read.success)
      throw new OrderError(
        `${importFlag(field, '')} ${read.error.issues[0]?.message ?? 'is wrong'}, and is "${String(value)}".`,
      );
  }
}

function monthsFromTo(from: string, to: string): string[] {
  const months: string[] = [];
  const next = new Date(`${from}-01T00:00:00Z`);
  for (let text = from; text <= to; text = next.toISOString().slice(0, 7)) {
    months.push(text);
    next.setUTCMonth(next.getUTCMonth() + 1);
  }
  return months;
}

/** The name of a month's file in the archive. */
export function fileName({ symbol: name, timeframe: length }: Order, month: string): string {
  return `${name}-${length}-${month}.zip`;
}

/** Where a month's file lies below the archive's base address. */
export function filePath(order: Order, month: string): string {
  return `data/spot/monthly/klines/${order.symbol}/${order.timeframe}/${fileName(order, month)}`;
}
