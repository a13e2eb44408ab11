import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPrivately } from './private-file.ts';
import { newSecrets, toEnvText } from './secrets.ts';

/** A place for a service that is not to last: a store and secrets in a temporary directory. */
export interface ThrowAway {
  readonly persistTo: string;
  readonly envFile: string;
  readonly adminToken: string;
  /** Removes everything. The service must have ended. */
  readonly remove: () => void;
}

/** Makes a {@link ThrowAway}. */
export function throwAway(): ThrowAway {
  const directory = mkdtempSync(join(tmpdir(), 'pipai-'));
  const envFile = join(directory, 'secrets.env');
  const secrets = newSecrets();
  createPrivately(envFile, toEnvText(secrets));
  return {
    persistTo: join(directory, 'store'),
    envFile,
    adminToken: secrets.ADMIN_TOKEN,
    remove: () => {
      rmSync(directory, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}
