import { buffer } from 'node:stream/consumers';
import { EXIT } from './exit-codes.ts';

/** npm passes Ctrl-C on to what `npx` runs, although the terminal has told it already: two so close together are one. */
const SAME_KEYPRESS_MS = 300;

/** A text stream that may be a terminal. */
export interface Stream {
  readonly isTTY?: boolean;
  /** Width in characters, of a terminal. */
  readonly columns?: number;
  write(text: string): unknown;
}

/** The world around one run of `pipai`. */
export interface Io {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Takes data, and nothing else. */
  readonly stdout: Stream;
  /** Takes progress, questions and errors. */
  readonly stderr: Stream;
  /** Whether somebody is there to answer a question. */
  readonly interactive: boolean;
  /** Everything on standard input. */
  readStdin(): Promise<Buffer>;
  /** Asks a question to be answered with yes or no. Ctrl-C is no. Only where {@link interactive}. */
  confirm(question: string): Promise<boolean>;
  /**
   * Calls `listener` at the first Ctrl-C; a second one ends the process at once.
   * @returns stops listening.
   */
  onInterrupt(listener: () => void): () => void;
}

/** The world of this process. */
export function processIo(): Io {
  const { env, stdin, stdout, stderr } = process;
  return {
    env,
    stdout,
    stderr,
    interactive: stdin.isTTY && stderr.isTTY,
    readStdin: () => buffer(stdin),
    confirm: async (question) => {
      const { confirm } = await import('./prompt.ts');
      return confirm(question, stdin, stderr);
    },
    onInterrupt,
  };
}

function onInterrupt(listener: () => void): () => void {
  let first: number | null = null;
  const hear = () => {
    const now = performance.now();
    if (first === null) {
      first = now;
      listener();
    } else if (now - first > SAME_KEYPRESS_MS) {
      process.exit(EXIT.interrupted);
    }
  };
  process.on('SIGINT', hear);
  return () => {
    process.off('SIGINT', hear);
  };
}
