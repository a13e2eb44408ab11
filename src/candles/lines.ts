import { DumpError } from './dump-error.ts';

const NEWLINE = 10;
const CARRIAGE_RETURN = 13;
/** Twelve numbers take far less; without a limit a body without line ends would be gathered whole. */
const MAX_LINE_BYTES = 4096;

/**
 * Cuts text that arrives in pieces into lines, and hands over each with its 1-based number and without its line end (LF or
 * CRLF). The line is valid only during the call. Empty lines are handed over too, but for those at the very end.
 * @throws DumpError for a line that is too long.
 */
export class LineSplitter {
  readonly #onLine: (line: Uint8Array, number: number) => void;
  #number = 0;
  #emptyLines = 0;
  #rest = new Uint8Array(0);

  constructor(onLine: (line: Uint8Array, number: number) => void) {
    this.#onLine = onLine;
  }

  push(piece: Uint8Array): void {
    let start = 0;
    for (let end = piece.indexOf(NEWLINE); end >= 0; end = piece.indexOf(NEWLINE, start)) {
      this.#emit(this.#withRest(piece.subarray(start, end)));
      start = end + 1;
    }
    this.#rest = this.#withRest(piece.subarray(start)).slice();
    this.#checkLength(this.#rest);
  }

  /** The text is over: what is left is the last line. */
  end(): void {
    if (this.#rest.length > 0) this.#emit(this.#rest);
  }

  #withRest(bytes: Uint8Array): Uint8Array {
    if (this.#rest.length === 0) return bytes;
    const joined = new Uint8Array(this.#rest.length + bytes.length);
    joined.set(this.#rest);
    joined.set(bytes, this.#rest.length);
    this.#rest = new Uint8Array(0);
    return joined;
  }

  #emit(line: Uint8Array): void {
    this.#checkLength(line);
    const text = line.at(-1) === CARRIAGE_RETURN ? line.subarray(0, -1) : line;
    if (text.length === 0) {
      this.#emptyLines++;
      return;
    }
    for (; this.#emptyLines > 0; this.#emptyLines--) this.#onLine(new Uint8Array(0), ++this.#number);
    this.#onLine(text, ++this.#number);
  }

  #checkLength(line: Uint8Array): void {
    if (line.length <= MAX_LINE_BYTES) return;
    const number = this.#number + this.#emptyLines + 1;
    throw new DumpError(number, `is longer than ${String(MAX_LINE_BYTES)} bytes`);
  }
}
