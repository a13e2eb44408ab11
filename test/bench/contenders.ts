import { decodeBars } from '../../src/candles/arrow.ts';
import { DEFAULT_SPEC, type BarChunk } from '../../src/candles/bars.ts';
import { startRun } from '../../src/engine/run.ts';
import type { JobConfig } from '../../src/schemas/job.ts';
import { asChunk, readAll, type BenchBars } from './bars.ts';
import type { Template } from './template.ts';

/** Something that goes once through all bars. */
export interface Contender {
  readonly name: string;
  readonly kind: 'floor' | 'stored months' | 'template' | 'peer';
  /** Whatever comes before the clock runs. */
  readonly prepare: (bars: BenchBars) => Prepared;
}

/** A contender with its bars. */
export interface Prepared {
  /** What is timed. Gives something that all of its result goes into, the same each time, so that no work can be left out. */
  readonly run: () => number;
  /** How often the last run bought and sold again; null where it does not trade. */
  readonly trades: () => number | null;
}

const TEMPLATES: [name: string, template: Template][] = [
  ['tpl_momentum 500/1000', { template_id: 'tpl_momentum', params: { fast: 500, slow: 1000 } }],
  ['tpl_momentum 20/50', { template_id: 'tpl_momentum', params: { fast: 20, slow: 50 } }],
  [
    'tpl_grid 20 lines',
    { template_id: 'tpl_grid', params: { grid_levels: 20, lower_price: '30000', upper_price: '72000' } },
  ],
  // As many round trips as averages of 20 and 50 closes make in these bars.
  [
    'tpl_grid 235 lines',
    { template_id: 'tpl_grid', params: { grid_levels: 235, lower_price: '30000', upper_price: '72000' } },
  ],
  [
    'tpl_grid 500 lines',
    { template_id: 'tpl_grid', params: { grid_levels: 500, lower_price: '30000', upper_price: '72000' } },
  ],
  ['tpl_breakout 1000', { template_id: 'tpl_breakout', params: { lookback: 1000 } }],
  ['tpl_meanrev 500', { template_id: 'tpl_meanrev', params: { lookback: 500, entry_z: '2.5', exit_z: '0' } }],
  [
    'tpl_dca daily',
    { template_id: 'tpl_dca', params: { every_bars: 1440, order_quote: '10', take_profit: '0.02' } },
  ],
];

const encoder = new TextEncoder();

/** One pass over typed arrays with an average and a check for a fill: what nothing can be faster than. */
function floor({ close, low }: BarChunk): number {
  let average = 0;
  let fills = 0;
  for (let row = 0; row < close.length; row++) {
    average += ((close[row] ?? 0) - average) * 0.05;
    if ((low[row] ?? 0) <= average) fills += 1;
  }
  return fills;
}

/**
 * A backtest from the bytes of the stored months to the curve and the metrics, whose trades are taken once a month. What the executor
 * adds is left out: the ways to R2 and back, slices with their pauses, and heartbeats.
 * @param isWritten whether the trades are written as JSON, too, which none of the peers does.
 */
function backtest({ stored, start, end }: BenchBars, template: Template, isWritten: boolean): Prepared {
  const instant = (time: number) => new Date(time * 1000).toISOString().replace('.000', '');
  const config: JobConfig = {
    ...template,
    symbols: ['BTCUSDT'],
    timeframe: '1m',
    start: instant(start),
    end: instant(end),
    capital: '10000',
    leverage: 1,
    fee_model: 'fixed_bps',
    fee_bps: '5',
  };
  let count = 0;
  return {
    run: () => {
      const run = startRun(config, [DEFAULT_SPEC]);
      let written = 0;
      count = 0;
      const take = () => {
        const trades = run.takeTrades(Infinity);
        count += trades.length;
        if (isWritten) for (const rows of trades.json()) written += encoder.encode(rows).length;
      };
      for (const bytes of stored) {
        run.feed(0, decodeBars(bytes));
        take();
      }
      run.close(0);
      take();
      const equity = run.summary().equity_curve.reduce((sum, [, cents]) => sum + Number(cents), 0);
      return equity + count + written;
    },
    trades: () => count,
  };
}

/** What does not trade. */
function scan(run: () => number): Prepared {
  return { run, trades: () => null };
}

/** The floor, the reading of what is stored, and our templates: with the trades left as they are, and written. */
export const OWN: readonly Contender[] = [
  {
    name: 'floor: EMA and a fill check',
    kind: 'floor',
    prepare: (bars) => {
      const chunk = asChunk(bars);
      return scan(() => floor(chunk));
    },
  },
  {
    name: 'reading stored months',
    kind: 'stored months',
    prepare: (bars) => scan(() => readAll(bars.stored)),
  },
  ...[false, true].flatMap((isWritten) =>
    TEMPLATES.map(([name, template]): Contender => ({
      name: isWritten ? `${name}, trades written` : name,
      kind: 'template',
      prepare: (bars) => backtest(bars, template, isWritten),
    })),
  ),
];
