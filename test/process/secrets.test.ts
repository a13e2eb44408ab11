import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ROOT } from '../../src/local/paths.ts';
import { ensureSecrets } from '../../src/local/secrets.ts';

function emptyDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'pipai-'));
  onTestFinished(() => {
    rmSync(directory, { recursive: true });
  });
  return directory;
}

describe('Local secrets', () => {
  it('are made once, for their owner only', () => {
    const directory = emptyDirectory();
    const path = join(directory, '.dev.vars');
    const secrets = ensureSecrets(path);
    expect(secrets.MASTER_KEY).toMatch(/^[0-9a-f]{64}$/);
    expect(secrets.ADMIN_TOKEN).not.toBe(secrets.MASTER_KEY);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(ensureSecrets(path)).toEqual(secrets);
    expect(readdirSync(directory)).toEqual(['.dev.vars']);
  });

  it('leave what the file has alone, and add what it lacks', () => {
    const path = join(emptyDirectory(), '.dev.vars');
    writeFileSync(path, 'OTHER=1\nADMIN_TOKEN="mine"');
    const secrets = ensureSecrets(path);
    expect(secrets.ADMIN_TOKEN).toBe('mine');
    expect(readFileSync(path, 'utf8')).toBe(
      `OTHER=1\nADMIN_TOKEN="mine"\nMASTER_KEY=${secrets.MASTER_KEY}\n`,
    );
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('never enter git, nor does the file that the README has an operator keep', () => {
    const ignored = readFileSync(`${ROOT}.gitignore`, 'utf8').split('\n');
    expect(ignored).toEqual(expect.arrayContaining(['.dev.vars', '.dev.key.json', 'admin-token.txt']));
  });
});
