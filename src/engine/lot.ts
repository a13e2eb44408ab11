import { exactOf, plus, type Exact } from './exact.ts';

/** A bought quantity that has not been sold. */
export class Lot {
  /** Epoch seconds. */
  readonly entryTime: number;
  /** Price in ticks. */
  readonly entryTicks: number;
  /** Quantity in steps. */
  readonly size: Exact;
  /** What it was bought for, in 10^-8. */
  readonly notional: Exact;
  /** Of its purchase, in 10^-8. */
  readonly fee: Exact;
  /** Of several fills the sum of ticks times steps, of which the average price is made; null of one. */
  readonly tickSteps: Exact | null;

  /** @param bought of one fill, or of all of them where there are `tickSteps`. */
  constructor(
    entryTime: number,
    entryTicks: number,
    bought: { readonly size: Exact; readonly notional: Exact; readonly fee: Exact },
    tickSteps: Exact | null = null,
  ) {
    this.entryTime = entryTime;
    this.entryTicks = entryTicks;
    this.size = bought.size;
    this.notional = bought.notional;
    this.fee = bought.fee;
    this.tickSteps = tickSteps;
  }

  /** The quantity for arithmetic in integers of any size. */
  get steps(): bigint {
    return BigInt(this.size);
  }

  /** This and a later fill as one position, which began with this. */
  with(later: Lot): Lot {
    return new Lot(
      this.entryTime,
      this.entryTicks,
      {
        size: plus(this.size, later.size),
        notional: plus(this.notional, later.notional),
        fee: plus(this.fee, later.fee),
      },
      exactOf(tickStepsOf(this) + tickStepsOf(later)),
    );
  }
}

/** The sum of ticks times steps over the fills of a lot. Notionals are rounded, and would not give the average to the last digit. */
export function tickStepsOf({ tickSteps, entryTicks, steps }: Lot): bigint {
  return tickSteps === null ? BigInt(entryTicks) * steps : BigInt(tickSteps);
}
