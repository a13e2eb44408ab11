import { randomUUID } from 'node:crypto';
import { linkSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hasCode } from './errors.ts';

const OWNER_ONLY = 0o600;

/**
 * Creates a file that only its owner may read, whole or not at all.
 * @returns false where the file exists already; it is left as it is.
 */
export function createPrivately(path: string, text: string): boolean {
  const draft = writeDraft(path, text);
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  } finally {
    rmSync(draft);
  }
}

/** Writes a file that only its owner may read, in one step that replaces an earlier one. */
export function replacePrivately(path: string, text: string): void {
  renameSync(writeDraft(path, text), path);
}

function writeDraft(path: string, text: string): string {
  const draft = `${path}.${randomUUID()}`;
  writeFileSync(draft, text, { mode: OWNER_ONLY, flag: 'wx' });
  return draft;
}
