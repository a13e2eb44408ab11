import { MIN_NOTIONAL, STEP, TICK, UNIT, round } from './numbers.ts';
import type { Act, Bar, Lot, Part } from './part.ts';

export function grid(part: Part, levels: number, lower: bigint, upper: bigint): Act {
  const cells = BigInt(levels - 1);
  const lines = Array.from({ length: levels }, (_, k) =>
    Number(round(lower * cells + BigInt(k) * (upper - lower), TICK * cells)),
  );
  const held: (Lot | null)[] = lines.slice(1).map(() => null);
  let steps = 0n;
  let at: number | null = null;

  function start(bar: Bar): void {
    const rate = (taker: boolean) => 10_000n * UNIT + part.bps(bar.time, taker);
    const buys = lines.slice(0, -1).map((line) => (line >= bar.open ? bar.open : line));
    const cost = lines
      .slice(0, -1)
      .reduce(
        (sum, line) => sum + (line >= bar.open ? BigInt(bar.open) * rate(true) : BigInt(line) * rate(false)),
        0n,
      );
    steps = (part.cash * BigInt(part.config.leverage) * UNIT * 10_000n * UNIT) / (TICK * STEP * cost);
    if (buys.some((ticks) => BigInt(ticks) * TICK * steps * STEP < MIN_NOTIONAL * UNIT))
      throw new Error('BELOW_MIN_NOTIONAL');
    for (const [cell, line] of lines.slice(0, -1).entries())
      if (line >= bar.open) held[cell] = part.buy(bar.time, bar.open, steps, true, cell);
    at = bar.open;
  }

  function move(time: number, to: number): void {
    while (!part.dead) {
      const from = at ?? to;
      if (to <= from) {
        const buys = held.flatMap((lot, cell) => (lot === null ? [lines[cell] ?? 0] : []));
        const next = Math.max(...buys.filter((line) => line >= to && line <= from), -1);
        const trigger = part.trigger ?? -1;
        if (trigger >= to && trigger >= next) {
          const inOrder = held
            .filter((lot) => lot !== null)
            .sort((a, b) => Number(a.price) - Number(b.price));
          part.liquidate(time, inOrder);
          return;
        }
        if (next < 0) break;
        held[lines.indexOf(next)] = part.buy(time, next, steps, false, lines.indexOf(next));
        at = next;
      } else {
        const sells = held.flatMap((lot, cell) => (lot === null ? [] : [lines[cell + 1] ?? 0]));
        const next = Math.min(...sells.filter((line) => line >= from && line <= to), Infinity);
        if (next === Infinity) break;
        const cell = lines.indexOf(next) - 1;
        const lot = held[cell];
        if (lot !== null && lot !== undefined) part.sell(lot, time, next, false, 'grid');
        held[cell] = null;
        at = next;
      }
    }
    at = to;
  }

  return (bar) => {
    if (at === null) start(bar);
    const green = bar.close >= bar.open;
    move(bar.time, bar.open);
    move(bar.time, green ? bar.low : bar.high);
    move(bar.time, green ? bar.high : bar.low);
    move(bar.time, bar.close);
  };
}
