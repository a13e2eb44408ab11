import type { CandleReader } from '../../src/candles/manifest.ts';
import { simulate, type Pace, type TradeSink } from '../../src/executor/simulate.ts';
import type { Template } from './template.ts';

/** What to run, over minutes. */
export interface LongRun {
  readonly template: Template;
  readonly symbols: string[];
  readonly window: readonly [start: string, end: string];
  /** Where there are candles; else they are generated. */
  readonly bucket?: CandleReader;
}

/** So many whole years. */
export function yearsFrom2020(years: number): LongRun['window'] {
  return ['2020-01-01T00:00:00Z', `${String(2019 + years)}-12-31T23:59:00Z`];
}

const EMPTY: CandleReader = { get: () => Promise.resolve(null), head: () => Promise.resolve(null) };

/** Runs a backtest as the executor does, in slices, but that trades go to `sink` instead of R2. */
export async function longRun(
  { template, symbols, window: [start, end], bucket = EMPTY }: LongRun,
  sink: TradeSink,
  pace: Pace,
): Promise<void> {
  const outcome = await simulate(
    {
      ...template,
      symbols,
      timeframe: '1m',
      start,
      end,
      capital: '10000',
      leverage: 1,
      fee_model: 'fixed_bps',
      fee_bps: '0.01',
    },
    { bucket, synthetic: true },
    sink,
    pace,
  );
  if (outcome.kind !== 'done')
    throw new Error(
      `The run is ${outcome.kind}${outcome.kind === 'failed' ? `: ${outcome.error.message}` : ''}.`,
    );
}
