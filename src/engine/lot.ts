import { exactOf, plus, type Exact } from './exact.ts';

/** A bought quantity that has not been sold. */
export class Lot {
  /** Epoch seconds. */
  readonly entryTime: number;
  /** Price in ticks. */
  readonly entryTicks: number;
  /** Quantity in steps. */
  readonly size: Exact;
  /** What was paid for it, with the fee, in 10^-8. */
  readonly cost: Exact;
  /** The fee in that. */
  readonly fee: Exact;
  /** Of several fills the sum of ticks times steps, of which the average price is made; null of one. */
  readonly tickSteps: Exact | null;

  /** @param bought of one fill, or of all of them where there are `tickSteps`. */
  constructor(
    entryTime: number,
    entryTicks: number,
    bought: { readonly size: Exact; readonly cost: Exact; readonly fee: Exact },
    tickSteps: Exact | null = null,
  ) {
    this.entryTime = entryTime;
    this.entryTicks = entryTicks;
    this.size = bought.size;
    this.cost = bought.cost;
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
        cost: plus(this.cost, later.cost),
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
