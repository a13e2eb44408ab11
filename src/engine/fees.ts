import type { JobConfig } from '../schemas/job.ts';
import { UNIT, divideHalfUp, hasCertainFloor, parseDecimal } from './decimal.ts';
import { exactOf, minus, nearest, plus, type Exact } from './exact.ts';
import { TemplateError } from './template-error.ts';

/** A fee rate of 1 (all of the notional). Rates are integers of 10^-12, so that a basis point of 8 decimals is exact. */
export const RATE_UNIT = 10n ** 12n;
const RATE_SCALE = Number(RATE_UNIT);

/** Which side of the book a fill was on. */
export type Liquidity = 'maker' | 'taker';

/** Fee rates, integers of 10^-12 of the notional, and the numbers nearest to them for arithmetic in floating point. */
export interface FeeRates extends Readonly<Record<Liquidity, bigint>> {
  readonly nearest: Readonly<Record<Liquidity, number>>;
}

/** The fees of one symbol's part, which may depend on what it traded before. Times in epoch seconds, never falling. */
export interface Fees {
  /** The rates of a fill at `time`. */
  rates(time: number): FeeRates;
  /** Takes note of a fill; `notional` in 10^-8. */
  traded(time: number, notional: Exact): void;
}

/** Fees as a job asks for them; each symbol's part begins with its own. */
export type FeeSchedule = () => Fees;

const TIER_SECONDS = 30 * 86_400;
/** Memory of so many instants is given back together. */
const FORGOTTEN_AT_ONCE = 4096;

/** Lower bounds of the trailing notional (10^-8) and the rates from there on; the highest first. */
const TIERS: readonly (readonly [from: bigint, rates: FeeRates])[] = [
  [20_000_000n * UNIT, ratesOfBps('4', '6')],
  [5_000_000n * UNIT, ratesOfBps('8', '10')],
  [1_000_000n * UNIT, ratesOfBps('9', '10')],
];
const LOWEST_TIER = ratesOfBps('10', '10');

function ratesOfBps(maker: string, taker: string): FeeRates {
  const rates = { maker: parseDecimal(maker), taker: parseDecimal(taker) };
  return { ...rates, nearest: { maker: Number(rates.maker), taker: Number(rates.taker) } };
}

/**
 * One pair of rates for every fill, from decimal strings in basis points.
 * @throws RangeError where one is malformed.
 */
export function scheduleOfBps(maker: string, taker: string): FeeSchedule {
  const rates = ratesOfBps(maker, taker);
  return () => new FlatFees(rates);
}

class FlatFees implements Fees {
  readonly #rates: FeeRates;

  constructor(rates: FeeRates) {
    this.#rates = rates;
  }

  rates(): FeeRates {
    return this.#rates;
  }

  /** What was traded changes nothing. */
  traded(): void {
    return;
  }
}

/** Rates that fall with what was traded in the 30 days up to a fill: `tiered_maker_taker` of ENGINE.md, "Fills". */
export const tieredSchedule: FeeSchedule = () => new TieredFees();

class TieredFees implements Fees {
  /** What was traded at each instant; those before `#oldest` are over and done with. */
  readonly #fills: { readonly time: number; notional: Exact }[] = [];
  #oldest = 0;
  #trailing: Exact = 0;

  rates(time: number): FeeRates {
    for (let fill = this.#fills[this.#oldest]; fill !== undefined; fill = this.#fills[this.#oldest]) {
      if (fill.time > time - TIER_SECONDS) break;
      this.#trailing = minus(this.#trailing, fill.notional);
      this.#oldest += 1;
    }
    if (this.#oldest > FORGOTTEN_AT_ONCE) {
      this.#fills.splice(0, this.#oldest);
      this.#oldest = 0;
    }
    return TIERS.find(([from]) => this.#trailing >= from)?.[1] ?? LOWEST_TIER;
  }

  traded(time: number, notional: Exact): void {
    const last = this.#fills.at(-1);
    if (last?.time === time) last.notional = plus(last.notional, notional);
    else this.#fills.push({ time, notional });
    this.#trailing = plus(this.#trailing, notional);
  }
}

/**
 * The schedule a job asks for.
 * @throws TemplateError where `fixed_bps` comes without its rate.
 */
export function scheduleOf(config: JobConfig): FeeSchedule {
  switch (config.fee_model) {
    case 'none':
      return scheduleOfBps('0', '0');
    case 'fixed_bps':
      if (config.fee_bps === undefined) throw new TemplateError('fee_model fixed_bps needs fee_bps');
      return scheduleOfBps(config.fee_bps, config.fee_bps);
    case 'match_exchange':
      return scheduleOfBps('10', '10');
    case 'tiered_maker_taker':
      return tieredSchedule;
  }
}

/** The fee of a fill, rounded half up to 8 decimals: an integer of 10^-8, like `notional`. */
export function feeOf(notional: bigint, rate: bigint): bigint {
  return divideHalfUp(notional * rate, RATE_UNIT);
}

/** {@link feeOf}, in floating point where that is certain. */
export function fillFee(notional: Exact, rates: FeeRates, liquidity: Liquidity): Exact {
  const rate = rates.nearest[liquidity];
  if (rate === 0) return 0;
  const quotient = (nearest(notional) * rate) / RATE_SCALE + 0.5;
  return hasCertainFloor(quotient)
    ? Math.floor(quotient)
    : exactOf(feeOf(BigInt(notional), rates[liquidity]));
}
