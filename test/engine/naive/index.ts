import type { JobConfig } from '../../../src/schemas/job.ts';
import { DAY, type Row } from '../support.ts';
import { UNIT, decimal, instant, round } from './numbers.ts';
import { Part } from './part.ts';
import { actOf } from './templates.ts';

/**
 * ENGINE.md in the plainest way: whole arrays, every indicator anew at every bar, one state a cell, exact integers. Slow, and
 * sharing no line with the engine.
 */

const SECONDS: Record<string, number> = { '1h': 3600, '4h': 14_400, '1d': DAY };

interface PartOutcome {
  part: Part;
  /** Equity by midnight, as long as there were bars. */
  midnights: Map<number, bigint>;
  end: number;
}

function runPart(config: JobConfig, symbol: string, capital: bigint, rows: readonly Row[]): PartOutcome {
  const ticks = (value: number) => Math.round(value * 100);
  const bars = rows
    .filter(({ volume = 1 }) => volume > 0)
    .map(({ time, open, high, low, close }) => ({
      time,
      open: ticks(open),
      high: ticks(high),
      low: ticks(low),
      close: ticks(close),
    }));
  const start = Date.parse(config.start) / 1000;
  const part = new Part(config, symbol, capital);
  const act = actOf(config, part);
  const midnights = new Map<number, bigint>();
  let last = 0;
  let end = start;
  for (const [index, bar] of bars.entries()) {
    if (bar.time < start) continue;
    for (let midnight = (Math.floor(start / DAY) + 1) * DAY; midnight <= bar.time; midnight += DAY)
      if (!midnights.has(midnight)) midnights.set(midnight, part.equity(last));
    if (!part.dead) act(bar, bars.slice(0, index + 1));
    last = bar.close;
    end = bar.time + (SECONDS[config.timeframe] ?? 0);
  }
  const open = [...part.lots].sort((a, b) => Number(a.price) - Number(b.price) || a.line - b.line);
  for (const lot of open) part.sell(lot, end, last, true, 'end_of_window');
  return { part, midnights, end };
}

/** Trades and equity curve of a job; `rows` in the order of its symbols, warm-up bars before `start` included. */
export function naive(config: JobConfig, rows: readonly (readonly Row[])[]) {
  const capital = decimal(config.capital);
  const count = BigInt(config.symbols.length);
  const outcomes = config.symbols.map((symbol, index) =>
    runPart(config, symbol, capital / count + (BigInt(index) < capital % count ? 1n : 0n), rows[index] ?? []),
  );
  const start = Date.parse(config.start) / 1000;
  const end = Math.max(...outcomes.map((outcome) => outcome.end));
  const point = (time: number, equity: bigint): [string, string] => {
    const cents = round(equity, (UNIT * UNIT) / 100n)
      .toString()
      .padStart(3, '0');
    return [instant(time), `${cents.slice(0, -2)}.${cents.slice(-2)}`];
  };
  const sum = (of: (outcome: PartOutcome) => bigint) => outcomes.reduce((total, one) => total + of(one), 0n);
  const curve = [point(start, capital * UNIT)];
  for (let midnight = (Math.floor(start / DAY) + 1) * DAY; midnight < end; midnight += DAY)
    curve.push(
      point(
        midnight,
        sum(({ midnights, part }) => midnights.get(midnight) ?? part.cash * UNIT),
      ),
    );
  if (end > start)
    curve.push(
      point(
        end,
        sum(({ part }) => part.cash * UNIT),
      ),
    );
  const trades = outcomes.flatMap(({ part }) => part.trades);
  // Each symbol's trades are in order of exit already.
  if (outcomes.length > 1) trades.sort((a, b) => a.exit - b.exit || a.entry - b.entry);
  return { trades: trades.map(({ exit: _, entry: __, ...trade }) => trade), equity_curve: curve };
}
