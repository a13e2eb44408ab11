import type { BarChunk } from './bars.ts';
import { type Bar, BarBuffer } from './columns.ts';
import { DumpError } from './dump-error.ts';
import { isHeader, readKline } from './kline.ts';
import { LineSplitter } from './lines.ts';
import { type Month, monthBounds, monthOf } from './months.ts';
import type { PriceScale } from './numbers.ts';

const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

type Text = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/** What a dump holds. */
export interface DumpExtent {
  /** Open times of the first and the last bar, seconds since the epoch. */
  readonly first: number;
  readonly last: number;
  readonly bars: number;
}

/** The bars that a dump has of a month, at least one. */
export interface DumpMonth {
  readonly month: Month;
  readonly bars: BarChunk;
}

/**
 * Checks the text of a dump to its end and keeps none of it, so that it may be of any length.
 * @param seconds length of a candle
 * @throws DumpError for the first line that does not fit, and for a text without bars
 */
export async function surveyDump(text: Text, scale: PriceScale, seconds: number): Promise<DumpExtent> {
  let first = -1;
  let last = -1;
  let bars = 0;
  for await (const { bars: month } of readMonths(text, scale, seconds)) {
    if (bars === 0) first = month.time.at(0) ?? first;
    last = month.time.at(-1) ?? last;
    bars += month.length;
  }
  if (bars === 0) throw new DumpError(null, 'The dump holds no bars.');
  return { first, last, bars };
}

/**
 * Reads the text of a dump, piece by piece: its months that have any bars, oldest first, each as soon as it is over.
 * @param seconds length of a candle
 * @throws DumpError for the first line that does not fit
 */
export async function* readMonths(text: Text, scale: PriceScale, seconds: number): AsyncGenerator<DumpMonth> {
  const collector = new Collector(scale, seconds);
  const lines = new LineSplitter((line, number) => {
    collector.line(line, number);
  });
  for await (const piece of text) {
    lines.push(piece);
    yield* collector.takeClosed();
  }
  lines.end();
  collector.end();
  yield* collector.takeClosed();
}

class Collector {
  readonly #scale: PriceScale;
  readonly #seconds: number;
  readonly #current = new BarBuffer();
  readonly #bar: Bar = { time: -1, open: 0, high: 0, low: 0, close: 0, volume: 0 };
  #closed: DumpMonth[] = [];
  #last = -1;
  #monthEnd = -1;

  constructor(scale: PriceScale, seconds: number) {
    this.#scale = scale;
    this.#seconds = seconds;
  }

  line(text: Uint8Array, number: number): void {
    const line = number === 1 ? withoutMark(text) : text;
    if (number === 1 && isHeader(line)) return;
    const fault = readKline(line, this.#scale, this.#seconds, this.#bar);
    if (fault !== null) throw new DumpError(number, fault);
    const { time } = this.#bar;
    if (time === this.#last) throw new DumpError(number, 'has the open time of the line before');
    if (time < this.#last) throw new DumpError(number, 'is out of order: it opens before the line before');
    if (time >= this.#monthEnd) {
      this.end();
      this.#monthEnd = monthBounds(monthOf(time)).end;
    }
    this.#current.push(this.#bar);
    this.#last = time;
  }

  /** No more lines of the current month will come. */
  end(): void {
    if (this.#current.length > 0)
      this.#closed.push({ month: monthOf(this.#last), bars: this.#current.take() });
  }

  /** The months that are over and were not taken yet. */
  takeClosed(): DumpMonth[] {
    const closed = this.#closed;
    this.#closed = [];
    return closed;
  }
}

/** A text without the byte order mark that some tools write before UTF-8. */
function withoutMark(text: Uint8Array): Uint8Array {
  return BYTE_ORDER_MARK.every((byte, at) => text[at] === byte)
    ? text.subarray(BYTE_ORDER_MARK.length)
    : text;
}
