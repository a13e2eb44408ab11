import { PineTS } from 'pinets';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { DEFAULT_SPEC, sliceBars } from '../../src/candles/bars.ts';
import { syntheticMonth } from '../../src/candles/synthetic.ts';
import { startRun } from '../../src/engine/run.ts';
import { finished } from '../engine/support.ts';
import type { JobConfig } from '../../src/schemas/job.ts';

/** `tpl_momentum` against PineTS, an independent engine with a strategy tester of its own: trade for trade. */

const BARS = 20_000;
const bars = sliceBars(syntheticMonth('BTCUSDT', '1m', '2025-01'), 0, BARS);

const SCRIPT = `
//@version=6
strategy("momentum", initial_capital=1000000000, default_qty_type=strategy.fixed, default_qty_value=1)
above = ta.sma(close, FAST) > ta.sma(close, SLOW)
if above and strategy.position_size == 0
    strategy.entry("long", strategy.long)
if not above and strategy.position_size > 0
    strategy.close("long")
`;

const tested = z.object({
  strategy: z.object({
    closedtrades: z.array(
      z.object({
        entry_time: z.number(),
        entry_price: z.number(),
        exit_time: z.number(),
        exit_price: z.number(),
      }),
    ),
  }),
});

function secondsOf(row: number): number {
  return bars.time[row] ?? 0;
}

async function byPineTs(fast: number, slow: number): Promise<string[]> {
  const rows = Array.from({ length: BARS }, (_, row) => ({
    openTime: secondsOf(row) * 1000,
    open: (bars.open[row] ?? 0) / 100,
    high: (bars.high[row] ?? 0) / 100,
    low: (bars.low[row] ?? 0) / 100,
    close: (bars.close[row] ?? 0) / 100,
    volume: bars.volume[row] ?? 0,
    closeTime: secondsOf(row) * 1000 + 59_999,
  }));
  const script = SCRIPT.replace('FAST', String(fast)).replace('SLOW', String(slow));
  const { strategy } = tested.parse(await new PineTS(rows, 'BTCUSDT', '1').run(script));
  return strategy.closedtrades.map(({ entry_time, entry_price, exit_time, exit_price }) =>
    line(entry_time, entry_price.toFixed(2), exit_time, exit_price.toFixed(2)),
  );
}

function byOurs(fast: number, slow: number): string[] {
  const config: JobConfig = {
    template_id: 'tpl_momentum',
    params: { fast, slow },
    symbols: ['BTCUSDT'],
    timeframe: '1m',
    start: instant(0),
    end: instant(BARS - 1),
    capital: '100000',
    leverage: 1,
    fee_model: 'none',
  };
  const run = startRun(config, [DEFAULT_SPEC]);
  run.feed(0, bars);
  return finished(run)
    .trades.filter(({ exit_reason }) => exit_reason === 'signal')
    .map((trade) =>
      line(Date.parse(trade.entry_time), trade.entry_price, Date.parse(trade.exit_time), trade.exit_price),
    );
}

function instant(row: number): string {
  return new Date(secondsOf(row) * 1000).toISOString().replace('.000', '');
}

function line(entryMs: number, entry: string, exitMs: number, exit: string): string {
  return `${new Date(entryMs).toISOString()} ${entry} → ${new Date(exitMs).toISOString()} ${exit}`;
}

it.each([
  [20, 50],
  [3, 8],
  [100, 400],
])('momentum over %i and %i closes trades as PineTS does', async (fast, slow) => {
  const ours = byOurs(fast, slow);
  expect(ours.length).toBeGreaterThan(10);
  expect(ours).toEqual(await byPineTs(fast, slow));
});
