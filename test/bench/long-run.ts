import { syntheticSymbols } from '../../src/candles/synthetic-symbols.ts';
import { simulate, type Pace } from '../../src/executor/simulate.ts';

/** What to run. Momentum over few bars trades all the time, over many hardly ever. */
export interface LongRun {
  readonly years: number;
  readonly symbols: number;
  readonly fast: number;
  readonly slow: number;
}

/** Runs a backtest over years of generated minutes as the executor does, and encodes its trades. Gives how many those were. */
export async function longRun({ years, symbols, fast, slow }: LongRun, pace: Pace): Promise<number> {
  let count = 0;
  const outcome = await simulate(
    {
      template_id: 'tpl_momentum',
      params: { fast, slow },
      symbols: syntheticSymbols().slice(0, symbols),
      timeframe: '1m',
      start: '2020-01-01T00:00:00Z',
      end: `${String(2019 + years)}-12-31T23:59:00Z`,
      capital: '10000',
      leverage: 1,
      fee_model: 'fixed_bps',
      fee_bps: '0.01',
    },
    { bucket: { get: () => Promise.resolve(null), head: () => Promise.resolve(null) }, synthetic: true },
    {
      add: (trades) => {
        count += trades.length;
        for (const rows of trades.json()) new TextEncoder().encode(rows);
      },
      drain: () => Promise.resolve(),
    },
    pace,
  );
  if (outcome.kind !== 'done') throw new Error(`The run is ${outcome.kind}.`);
  return count;
}
