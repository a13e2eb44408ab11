import type { Readable, Writable } from 'node:stream';
import { confirm as ask } from '@clack/prompts';

/** Asks on a terminal for yes or no; no is the default, and what Ctrl-C means. */
export async function confirm(question: string, input: Readable, output: Writable): Promise<boolean> {
  const answer = await ask({
    message: `${question} (y/N)`,
    initialValue: false,
    withGuide: false,
    input,
    output,
  });
  return answer === true;
}
