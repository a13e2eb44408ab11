import { styleText } from 'node:util';
import { progressBar } from './progress.ts';

/** How often progress is printed where lines cannot be redrawn. */
const STEPS = 10;
const CLEAR_LINE = '\r\u001b[K';

/** A text stream that may be a terminal. */
export interface Output {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** What the demo shows: lines, and one line of progress that is redrawn on a terminal and printed now and then elsewhere. */
export class Screen {
  readonly #output: Output;
  #drawn = '';

  constructor(output: Output) {
    this.#output = output;
  }

  /** Begins a part of the story. */
  title(text: string): void {
    this.#line(`\n${this.#styled('bold', text)}`);
  }

  /** Tells something. */
  say(text: string): void {
    this.#line(`  ${text}`);
  }

  /** Tells that something is as it should be. */
  good(text: string): void {
    this.#line(`  ${this.#styled('green', '✓')} ${text}`);
  }

  /** Shows a job's progress; the line stays until the next {@link endProgress}. */
  progress(status: string, progress: number): void {
    const line = `  ${status.padEnd(9)} ${progressBar(progress)}`;
    if (this.#output.isTTY === true) {
      if (line !== this.#drawn) this.#output.write(CLEAR_LINE + line);
      this.#drawn = line;
      return;
    }
    const step = `${status} ${String(Math.floor(progress * STEPS))}`;
    if (step !== this.#drawn) this.#output.write(`${line}\n`);
    this.#drawn = step;
  }

  /** Leaves the line of progress as it is. */
  endProgress(): void {
    if (this.#drawn !== '' && this.#output.isTTY === true) this.#output.write('\n');
    this.#drawn = '';
  }

  #line(text: string): void {
    this.endProgress();
    this.#output.write(`${text}\n`);
  }

  #styled(style: 'bold' | 'green', text: string): string {
    return this.#output.isTTY === true ? styleText(style, text) : text;
  }
}
