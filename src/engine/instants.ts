import { toInstant } from '../schemas/primitives.ts';

const DAY = 86_400;
const TWO_DIGITS = Array.from({ length: 60 }, (_, value) => String(value).padStart(2, '0'));

/** Writes many instants, the date of each day once: some ten times faster than asking a `Date` for each. */
export class InstantWriter {
  #day = NaN;
  #date = '';

  /** Seconds since the epoch as an instant on the wire. */
  write(time: number): string {
    const day = Math.floor(time / DAY);
    if (day !== this.#day) {
      this.#day = day;
      this.#date = toInstant(day * DAY * 1000).slice(0, 11);
    }
    const rest = time - day * DAY;
    const hour = TWO_DIGITS[Math.floor(rest / 3600)] ?? '';
    const minute = TWO_DIGITS[Math.floor(rest / 60) % 60] ?? '';
    return `${this.#date}${hour}:${minute}:${TWO_DIGITS[rest % 60] ?? ''}Z`;
  }
}
