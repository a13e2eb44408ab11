import type { Timeframe } from '../schemas/primitives.ts';
import type { SymbolSpec } from './bars.ts';
import type { Manifest, MonthEntry } from './manifest.ts';
import { type Month, monthOf } from './months.ts';
import { shortestDecimal } from './numbers.ts';

/** What is stored of a symbol in one timeframe. */
export interface StoredTimeframe {
  readonly timeframe: Timeframe;
  readonly manifest: Manifest;
}

/** A stored month and the timeframe it is stored in. */
export interface SourceMonth {
  readonly timeframe: Timeframe;
  readonly entry: MonthEntry;
}

/** Months of several timeframes, put together. */
export interface Mix {
  readonly spec: SymbolSpec;
  /** In order of time, none twice. */
  readonly months: readonly SourceMonth[];
  /** Timeframes that alone have a month of the window, and are not used since they were loaded with another spec. */
  readonly leftOut: readonly Timeframe[];
}

/**
 * Each month from the first of `stored` that has it. Only timeframes of one spec are put together, since prices are in its ticks
 * and quantities in its steps: it is that of the first which has any month of the window, or of the first where none has.
 * @param window open times, both included, in seconds since the epoch
 */
export function mixMonths(
  stored: readonly [StoredTimeframe, ...StoredTimeframe[]],
  window: { readonly from: number; readonly to: number },
): Mix {
  const [from, to] = [monthOf(window.from), monthOf(window.to)];
  const inWindow = ({ month }: MonthEntry) => month >= from && month <= to;
  const { spec } = (stored.find(({ manifest }) => manifest.months.some(inWindow)) ?? stored[0]).manifest;
  const months = new Map<Month, SourceMonth>();
  for (const { timeframe, manifest } of stored) {
    if (!isSame(manifest.spec, spec)) continue;
    for (const entry of manifest.months)
      if (!months.has(entry.month)) months.set(entry.month, { timeframe, entry });
  }
  const leftOut = stored.filter(({ manifest }) =>
    manifest.months.some((entry) => inWindow(entry) && !months.has(entry.month)),
  );
  return {
    spec,
    months: [...months.values()].sort((a, b) => (a.entry.month < b.entry.month ? -1 : 1)),
    leftOut: leftOut.map(({ timeframe }) => timeframe),
  };
}

/** Whether two specs say the same, however it is spelled. */
function isSame(one: SymbolSpec, other: SymbolSpec): boolean {
  return (['tick', 'step', 'min_notional'] as const).every(
    (name) => shortestDecimal(one[name]) === shortestDecimal(other[name]),
  );
}
