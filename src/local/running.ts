import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { hasCode } from './errors.ts';
import { isHealthy } from './health.ts';
import { replacePrivately } from './private-file.ts';

const note = z.object({ pid: z.int().positive(), url: z.string() });

/**
 * The address of the service that runs on the common store, or null where none does.
 * Two on one store would be two writers of each job, which nothing below here prevents.
 * @param path where {@link noteRunning} left its note.
 */
export async function findRunning(path: string): Promise<string | null> {
  try {
    const { pid, url } = note.parse(JSON.parse(readFileSync(path, 'utf8')));
    process.kill(pid, 0);
    return (await isHealthy(url)) ? url : null;
  } catch (error) {
    const stale = error instanceof SyntaxError || error instanceof z.ZodError;
    if (stale || hasCode(error, 'ENOENT') || hasCode(error, 'ESRCH')) return null;
    throw error;
  }
}

/** Notes that this process runs the service on the common store, at this address. */
export function noteRunning(path: string, url: string): void {
  mkdirSync(dirname(path), { recursive: true });
  replacePrivately(path, JSON.stringify({ pid: process.pid, url }));
}

/** Takes the note back. */
export function forgetRunning(path: string): void {
  rmSync(path, { force: true });
}
