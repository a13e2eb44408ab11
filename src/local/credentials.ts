import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { hasCode } from './errors.ts';
import { DEV_KEY } from './paths.ts';
import { replacePrivately } from './private-file.ts';
import { credentials, type Credentials } from './wire.ts';

const FILE = '.dev.key.json';

/**
 * The API key to sign with: from the environment, or else the local demo key.
 * @throws Error that tells what to do where there is neither.
 */
export function loadCredentials(): Credentials {
  const { PIPAI_API_KEY = '', PIPAI_API_SECRET = '' } = process.env;
  if ((PIPAI_API_KEY === '') !== (PIPAI_API_SECRET === '')) {
    throw new Error('Set both PIPAI_API_KEY and PIPAI_API_SECRET, or neither.');
  }
  if (PIPAI_API_KEY !== '') return { api_key: PIPAI_API_KEY, api_secret: PIPAI_API_SECRET };
  const saved = readSavedKey();
  if (saved === null) {
    throw new Error(
      `There is no API key: set PIPAI_API_KEY and PIPAI_API_SECRET, or run "npm start", which makes ${FILE}.`,
    );
  }
  return saved;
}

/** The local demo key, or null where none was saved, or nothing that is one. */
export function readSavedKey(): Credentials | null {
  try {
    return credentials.parse(JSON.parse(readFileSync(DEV_KEY, 'utf8')));
  } catch (error) {
    if (hasCode(error, 'ENOENT') || error instanceof SyntaxError || error instanceof z.ZodError) return null;
    throw error;
  }
}

/** Saves the local demo key, readable by nobody else. */
export function saveKey(key: Credentials): void {
  replacePrivately(DEV_KEY, `${JSON.stringify(key, null, 2)}\n`);
}
