import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vitest/config';
import { patched, type Fault } from './fault.ts';
import { FAULTS } from './index.ts';

const ROOT = new URL('../../../', import.meta.url);

/**
 * Lets the service be tested with one of {@link FAULTS} in it.
 * @throws Error at once where there is no such fault, or it does not fit the source any more.
 */
export function withFault(name: string): Plugin {
  const fault = FAULTS.find((each) => each.name === name);
  if (fault === undefined) throw new Error(`There is no fault "${name}".`);
  const sources = patchedSources(fault);
  return {
    // What was transformed before is taken from a cache that knows plugins by their names.
    name: `fault-${digestOf(sources)}`,
    enforce: 'pre',
    load: (id) => sources.get(id) ?? null,
  };
}

function digestOf(sources: ReadonlyMap<string, string>): string {
  const hash = createHash('sha256');
  for (const source of sources.values()) hash.update(source);
  return hash.digest('hex');
}

/** The files a fault touches, by path, as they are with it. */
export function patchedSources(fault: Fault): Map<string, string> {
  const files = [...new Set(fault.edits.map(({ file }) => file))];
  return new Map(
    files.map((file) => {
      const url = new URL(file, ROOT);
      return [fileURLToPath(url), patched(fault, file, readFileSync(url, 'utf8'))];
    }),
  );
}
