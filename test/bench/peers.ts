import { DataFrame, type IDataFrame } from 'data-forge';
import { backtest as grademark, type IBar } from 'grademark';
import { Action, backtest as indicatorts, sma } from 'indicatorts';
import { SMA as TechnicalSma } from 'technicalindicators';
import { SMA as SignalSma } from 'trading-signals';
import { asObjects, type PlainBar } from './bars.ts';
import type { Contender, Prepared } from './contenders.ts';

/** Moving averages over 20 and 50 closes, long while the fast one is above, as each library's users would write it. */

const FAST = 20;
const SLOW = 50;

interface Averaged extends IBar {
  fast: number;
  slow: number;
}

/** What a run comes to. */
interface Outcome {
  readonly worth: number;
  readonly trades: number;
}

/** A plain loop around a library's averages: buys and sells everything at the next open. */
function loop(
  rows: readonly PlainBar[],
  averages: (close: number) => readonly [number, number] | null,
): Outcome {
  let cash = 10_000;
  let coins = 0;
  let trades = 0;
  let wanted = false;
  for (const { open, close } of rows) {
    if (wanted && coins === 0) {
      coins = cash / open;
      cash = 0;
    } else if (!wanted && coins > 0) {
      cash = coins * open;
      coins = 0;
      trades += 1;
    }
    const now = averages(close);
    if (now !== null) wanted = now[0] > now[1];
  }
  return { worth: cash + coins * (rows.at(-1)?.close ?? 0), trades };
}

function byTradingSignals(rows: readonly PlainBar[]): Outcome {
  const fast = new SignalSma(FAST);
  const slow = new SignalSma(SLOW);
  return loop(rows, (close) => {
    const quick = fast.update(close, false);
    const steady = slow.update(close, false);
    return quick === null || steady === null ? null : [quick, steady];
  });
}

function byTechnicalIndicators(rows: readonly PlainBar[]): Outcome {
  // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- as its README has it; the class is not exported
  const averageOf = (period: number) => new TechnicalSma({ period, values: [] });
  const fast = averageOf(FAST);
  const slow = averageOf(SLOW);
  return loop(rows, (close) => {
    const quick = fast.nextValue(close);
    const steady = slow.nextValue(close);
    return quick === undefined || steady === undefined ? null : [quick, steady];
  });
}

/** Everything the library needs is in arrays before the clock runs. */
function byIndicatorts(rows: readonly PlainBar[]): Prepared {
  const asset = {
    dates: rows.map(({ time }) => time),
    openings: rows.map(({ open }) => open),
    highs: rows.map(({ high }) => high),
    lows: rows.map(({ low }) => low),
    closings: rows.map(({ close }) => close),
    volumes: rows.map(({ volume }) => volume),
  };
  let last: Action[] = [];
  const strategy = ({ closings }: { closings: number[] }) => {
    const fast = sma(closings, { period: FAST });
    const slow = sma(closings, { period: SLOW });
    last = closings.map((_, row) => {
      const above = (fast[row] ?? 0) > (slow[row] ?? 0);
      return above ? Action.BUY : Action.SELL;
    });
    return last;
  };
  return {
    run: () => indicatorts(asset, [{ name: 'sma', strategy }])[0]?.gain ?? 0,
    trades: () => last.filter((action, row) => action === Action.SELL && last[row - 1] === Action.BUY).length,
  };
}

function byGrademark(rows: readonly PlainBar[]): Prepared {
  const averaged: Averaged[] = [];
  const sums = { fast: 0, slow: 0 };
  for (const [row, bar] of rows.entries()) {
    sums.fast += bar.close - (rows[row - FAST]?.close ?? 0);
    sums.slow += bar.close - (rows[row - SLOW]?.close ?? 0);
    averaged.push({ ...bar, fast: sums.fast / FAST, slow: sums.slow / SLOW });
  }
  const series: IDataFrame<number, Averaged> = new DataFrame(averaged);
  return counted(() => {
    const trips = grademark<Averaged, Averaged, Record<string, number>, number>(
      {
        entryRule: (enter, { bar }) => {
          if (bar.fast > bar.slow) enter();
        },
        exitRule: (exit, { bar }) => {
          if (bar.fast <= bar.slow) exit();
        },
      },
      series,
    );
    return { worth: trips.reduce((sum, { profit }) => sum + profit, 0), trades: trips.length };
  });
}

/** What tells itself how often it traded. */
function counted(run: () => Outcome): Prepared {
  let trades = 0;
  return {
    run: () => {
      const outcome = run();
      trades = outcome.trades;
      return outcome.worth + trades;
    },
    trades: () => trades,
  };
}

const LIBRARIES: [name: string, prepare: (rows: readonly PlainBar[]) => Prepared][] = [
  ['indicatorts', byIndicatorts],
  ['trading-signals, plain loop', (rows) => counted(() => byTradingSignals(rows))],
  ['technicalindicators, plain loop', (rows) => counted(() => byTechnicalIndicators(rows))],
  ['grademark', byGrademark],
];

/** The libraries people would otherwise use. */
export const PEERS: readonly Contender[] = LIBRARIES.map(([name, prepare]) => ({
  name: `${name}, SMA 20/50`,
  kind: 'peer',
  prepare: (bars) => prepare(asObjects(bars)),
}));
