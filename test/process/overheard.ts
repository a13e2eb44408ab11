import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** Puts programs before those of the same names on the PATH that note how they are called. Gives the PATH and the notes. */
export function overheard(names: readonly string[]) {
  const directory = mkdtempSync(join(tmpdir(), 'pipai-path-'));
  onTestFinished(() => {
    rmSync(directory, { recursive: true });
  });
  const notes = join(directory, 'notes');
  for (const name of names) {
    const script = `#!/bin/sh\necho ${name} "$@" >>'${notes}'\nPATH=\${PATH#*:}\nexec ${name} "$@"\n`;
    writeFileSync(join(directory, name), script);
    chmodSync(join(directory, name), 0o755);
  }
  return { path: `${directory}:${process.env.PATH ?? ''}`, notes: () => readFileSync(notes, 'utf8') };
}
