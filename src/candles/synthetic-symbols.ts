import type { SymbolSpec } from './bars.ts';

/** What makes one generated market differ from another. */
export interface SyntheticMarket {
  readonly spec: SymbolSpec;
  /** The price it moves around in 2025, in ticks. */
  readonly level: number;
  /** How far it moves, relative to BTCUSDT. At most 1.6: see the bounds in `synthetic.ts`. */
  readonly wildness: number;
  /** Base volume of a busy minute, in steps. */
  readonly activity: number;
  readonly stepsPerUnit: number;
}

function market(
  tick: string,
  step: string,
  level: number,
  wildness: number,
  activity: number,
): SyntheticMarket {
  return {
    spec: { tick, step, min_notional: '5' },
    level: Math.round(level / Number(tick)),
    wildness,
    activity: Math.round(activity / Number(step)),
    stepsPerUnit: Math.round(1 / Number(step)),
  };
}

const MARKETS: ReadonlyMap<string, SyntheticMarket> = new Map([
  ['BTCUSDT', market('0.01', '0.00001', 66_000, 1, 15)],
  ['ETHUSDT', market('0.01', '0.0001', 3_100, 1.2, 250)],
  ['SOLUSDT', market('0.01', '0.001', 170, 1.4, 2_400)],
  ['BNBUSDT', market('0.01', '0.001', 680, 1, 170)],
  ['XRPUSDT', market('0.0001', '0.1', 2.3, 1.4, 120_000)],
  ['ADAUSDT', market('0.0001', '0.1', 0.75, 1.5, 90_000)],
  ['DOGEUSDT', market('0.00001', '1', 0.2, 1.6, 700_000)],
  ['AVAXUSDT', market('0.01', '0.01', 24, 1.5, 2_500)],
  ['LINKUSDT', market('0.01', '0.01', 16, 1.4, 3_000)],
  ['LTCUSDT', market('0.01', '0.001', 100, 1.2, 400)],
]);

/** The generated market of a symbol, null when there is none. */
export function syntheticMarket(symbol: string): SyntheticMarket | null {
  return MARKETS.get(symbol) ?? null;
}

/** How a generated symbol is quantized, null when candles of that symbol are not generated. */
export function syntheticSpec(symbol: string): SymbolSpec | null {
  return MARKETS.get(symbol)?.spec ?? null;
}

/** Every symbol of which candles are generated. */
export function syntheticSymbols(): string[] {
  return [...MARKETS.keys()];
}
