import { toInstant } from '../schemas/primitives.ts';
import { padded } from './digits.ts';

const DAY = 86_400;
const MINUTES = Array.from(
  { length: DAY / 60 },
  (_, minute) => `T${padded(Math.floor(minute / 60), 2)}:${padded(minute % 60, 2)}:`,
);
/** What most instants end in: bars open at whole minutes. */
const WHOLE_MINUTES = MINUTES.map((minute) => `${minute}00Z`);

/** Writes many instants in time order: some thirty times faster than asking a `Date` for each, which is asked once a month. */
export class InstantWriter {
  #day = NaN;
  #date = '';
  /** Days since the epoch: the first of the month, and of the next. */
  #monthBegins = NaN;
  #monthEnds = NaN;
  #month = '';

  /** Seconds since the epoch as an instant on the wire. */
  write(time: number): string {
    const day = Math.floor(time / DAY);
    if (day !== this.#day) this.#setDay(day);
    const rest = time - day * DAY;
    const minute = Math.floor(rest / 60);
    const second = rest - minute * 60;
    if (second === 0) return this.#date + (WHOLE_MINUTES[minute] ?? '');
    return `${this.#date}${MINUTES[minute] ?? ''}${padded(second, 2)}Z`;
  }

  #setDay(day: number): void {
    if (!(day >= this.#monthBegins && day < this.#monthEnds)) this.#setMonth(day);
    this.#day = day;
    this.#date = this.#month + padded(day - this.#monthBegins + 1, 2);
  }

  #setMonth(day: number): void {
    const date = new Date(day * DAY * 1000);
    this.#monthBegins = day - date.getUTCDate() + 1;
    this.#monthEnds = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1) / (DAY * 1000);
    this.#month = toInstant(date.getTime()).slice(0, 8);
  }
}
