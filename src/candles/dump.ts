import type { BarChunk } from './bars.ts';
import { type Bar, BarBuffer } from './columns.ts';
import { DumpError } from './dump-error.ts';
import { isHeader, readKline } from './kline.ts';
import { LineSplitter } from './lines.ts';
import { type Month, monthBounds, monthOf } from './months.ts';
import type { PriceScale } from './numbers.ts';

/** The most bars one dump may hold, five years of minutes and some: 28 bytes each have to fit an isolate of 128 MB. */
const MAX_BARS = 2_700_000;

/** The bars of one dump, all checked. */
export interface Dump {
  /** Open times of the first and the last bar, seconds since the epoch. */
  readonly first: number;
  readonly last: number;
  readonly bars: number;
  /** The bars by month, oldest first; only months that have any. */
  readonly months: ReadonlyMap<Month, BarChunk>;
}

/**
 * Reads the text of a dump, piece by piece.
 * @param seconds length of a candle
 * @throws DumpError for the first line that does not fit, and for a text without bars
 */
export async function readDump(
  text: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  scale: PriceScale,
  seconds: number,
): Promise<Dump> {
  const collector = new Collector(scale, seconds);
  const lines = new LineSplitter((line, number) => {
    collector.line(line, number);
  });
  for await (const piece of text) lines.push(piece);
  lines.end();
  return collector.done();
}

class Collector {
  readonly #scale: PriceScale;
  readonly #seconds: number;
  readonly #months = new Map<Month, BarChunk>();
  readonly #current = new BarBuffer();
  readonly #bar: Bar = { time: -1, open: 0, high: 0, low: 0, close: 0, volume: 0 };
  #bars = 0;
  #first = -1;
  #last = -1;
  #monthEnd = -1;

  constructor(scale: PriceScale, seconds: number) {
    this.#scale = scale;
    this.#seconds = seconds;
  }

  line(line: Uint8Array, number: number): void {
    if (number === 1 && isHeader(line)) return;
    const fault = readKline(line, this.#scale, this.#seconds, this.#bar);
    if (fault !== null) throw new DumpError(number, fault);
    const { time } = this.#bar;
    if (time === this.#last) throw new DumpError(number, 'has the open time of the line before');
    if (time < this.#last) throw new DumpError(number, 'is out of order: it opens before the line before');
    if (this.#bars === MAX_BARS) {
      throw new DumpError(null, `The dump holds more than ${String(MAX_BARS)} bars; load it in parts.`);
    }
    if (time >= this.#monthEnd) {
      this.#closeMonth();
      this.#monthEnd = monthBounds(monthOf(time)).end;
    }
    this.#current.push(this.#bar);
    this.#first = this.#bars === 0 ? time : this.#first;
    this.#last = time;
    this.#bars++;
  }

  done(): Dump {
    if (this.#bars === 0) throw new DumpError(null, 'The dump holds no bars.');
    this.#closeMonth();
    return { first: this.#first, last: this.#last, bars: this.#bars, months: this.#months };
  }

  #closeMonth(): void {
    if (this.#current.length > 0) this.#months.set(monthOf(this.#last), this.#current.take());
  }
}
