import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { createPrivately, replacePrivately } from './private-file.ts';

const NAMES = ['MASTER_KEY', 'ADMIN_TOKEN'] as const;

/** The secrets a service needs. */
export type Secrets = Readonly<Record<(typeof NAMES)[number], string>>;

/** Secrets nobody has seen. */
export function newSecrets(): Secrets {
  return { MASTER_KEY: randomSecret(), ADMIN_TOKEN: randomSecret() };
}

/** Secrets as the text of an env file. */
export function toEnvText(secrets: Secrets): string {
  return NAMES.map((name) => `${name}=${secrets[name]}\n`).join('');
}

/** Reads the secrets in an env file; what the file does not have is made and added to it. */
export function ensureSecrets(path: string): Secrets {
  createPrivately(path, toEnvText(newSecrets()));
  const text = readFileSync(path, 'utf8');
  const { MASTER_KEY = '', ADMIN_TOKEN = '' } = parseEnv(text);
  const found = { MASTER_KEY, ADMIN_TOKEN };
  const missing = NAMES.filter((name) => found[name] === '');
  if (missing.length === 0) return found;
  const added = missing.map((name) => `${name}=${randomSecret()}\n`).join('');
  replacePrivately(path, text === '' || text.endsWith('\n') ? text + added : `${text}\n${added}`);
  return ensureSecrets(path);
}

function randomSecret(): string {
  return randomBytes(32).toString('hex');
}
