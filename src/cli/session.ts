import { Screen } from '../local/screen.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { ErrorDetail } from '../errors.ts';
import { envelopeOf, type Failure } from './failures.ts';
import type { Io } from './io.ts';
import { visible } from './output/format.ts';
import { paint } from './output/paint.ts';

const WIDTH_ELSEWHERE = 100;

/** One run of `pipai`: where its data and its messages go, and the code it ends with. */
export class Session {
  readonly io: Io;
  /** Whether data and errors are for programs. */
  readonly json: boolean;
  exitCode: ExitCode = EXIT.ok;
  /** How a field of the request is called where it was given, such as `--capital`. */
  nameOf: (detail: ErrorDetail) => string = ({ path }) => path;
  /** What is said of it, in terms of the command line. */
  messageOf: (detail: ErrorDetail) => string = ({ message }) => message;
  readonly #screen: Screen;

  constructor(io: Io, json: boolean) {
    this.io = io;
    this.json = json;
    this.#screen = new Screen(io.stderr);
  }

  /** Characters in a line of the data. */
  get width(): number {
    return this.io.stdout.columns ?? WIDTH_ELSEWHERE;
  }

  /** Prints data for people. */
  print(text: string): void {
    this.#screen.endProgress();
    this.io.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
  }

  /** Prints a value for programs, on a line of its own. */
  printJson(value: unknown): void {
    this.print(JSON.stringify(value));
  }

  /** Tells people what happens. With `--json` and no terminal nobody is told: standard error then holds one error at most. */
  note(text: string): void {
    if (this.#talks) this.#line(text);
  }

  /** Shows how far a job is: one line that is redrawn on a terminal, lines now and then elsewhere. */
  progress(status: string, progress: number): void {
    if (this.#talks) this.#screen.progress(status, progress);
  }

  /** Asks for yes or no; only where somebody is there. */
  confirm(question: string): Promise<boolean> {
    this.#screen.endProgress();
    return this.io.confirm(question);
  }

  /** Tells a failure, and takes over its exit code. */
  fail(failure: Failure): void {
    this.exitCode = failure.exitCode;
    if (this.json) {
      this.#line(JSON.stringify(envelopeOf(failure)));
      return;
    }
    this.#line(this.#headline(failure));
    for (const detail of failure.details) {
      const name = this.nameOf(detail);
      const message = this.messageOf(detail);
      this.#line(visible(name === '' ? `  ${message}` : `  ${name}: ${message}`));
    }
    if (failure.requestId !== null) this.#line(`  request id ${failure.requestId}`);
  }

  #headline({ exitCode, code, message }: Failure): string {
    // What the user wanted is no error.
    if (exitCode === EXIT.interrupted) return visible(message);
    const told = exitCode === EXIT.usage ? message : `${code}: ${message}`;
    return `${paint(this.io.stderr, 'red', 'Error:')} ${visible(told)}`;
  }

  get #talks(): boolean {
    return !this.json || this.io.stderr.isTTY === true;
  }

  #line(text: string): void {
    this.#screen.endProgress();
    this.io.stderr.write(`${text}\n`);
  }
}
