import { plus, type Exact } from './exact.ts';

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
  /** Bought in several fills: published is the average of their prices. */
  readonly isAveraged: boolean;

  /** @param bought of one fill, or of all of them where `isAveraged`. */
  constructor(
    entryTime: number,
    entryTicks: number,
    bought: { readonly size: Exact; readonly notional: Exact; readonly fee: Exact },
    isAveraged = false,
  ) {
    this.entryTime = entryTime;
    this.entryTicks = entryTicks;
    this.size = bought.size;
    this.notional = bought.notional;
    this.fee = bought.fee;
    this.isAveraged = isAveraged;
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
      true,
    );
  }
}
