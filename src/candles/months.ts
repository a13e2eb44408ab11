/** A UTC calendar month, `2025-01`: what one stored object and one streamed chunk cover at most. */
export type Month = string;

/** The month a second since the epoch falls in. */
export function monthOf(time: number): Month {
  return new Date(time * 1000).toISOString().slice(0, 7);
}

/** The first second of a month and the first second after it, since the epoch. */
export function monthBounds(month: Month): { start: number; end: number } {
  const start = new Date(`${month}-01T00:00:00Z`);
  const end = new Date(start);
  end.setUTCMonth(end.getUTCMonth() + 1);
  return { start: start.getTime() / 1000, end: end.getTime() / 1000 };
}

/** The months that hold any of `[from, to]`, oldest first; none when `from > to`. */
export function* monthsBetween(from: number, to: number): Generator<Month> {
  for (let time = from; time <= to; time = monthBounds(monthOf(time)).end) yield monthOf(time);
}
