import { execFile, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { ROOT } from '../../src/local/paths.ts';

const DIRECTORY = `${ROOT}src/openapi/examples/`;
const ENDED_WITHIN_MS = 60_000;

/** The example programs, and what each needs to run. */
export const EXAMPLES = [
  { file: 'bash.sh', fence: 'sh', program: 'bash', needs: ['bash', 'curl', 'openssl'] },
  { file: 'python.py', fence: 'python', program: 'python3', needs: ['python3'] },
  { file: 'javascript.mjs', fence: 'js', program: process.execPath, needs: [] },
].map((example) => {
  const missing = example.needs.filter((name) => spawnSync(name, ['--version']).error !== undefined);
  const why = missing.length === 0 ? '' : ` (skipped: this machine has no ${missing.join(' and no ')})`;
  if (why !== '') console.warn(`The example ${example.file} is not run${why}`);
  return { ...example, title: example.file + why, impossible: missing.length > 0 };
});
/** One of {@link EXAMPLES}. */
export type Example = (typeof EXAMPLES)[number];

/** The example itself, which README and reference repeat. */
export function source({ file }: Example): string {
  return readFileSync(DIRECTORY + file, 'utf8');
}

/** The example as a reader copies it from the README's section. */
export function copied({ fence }: Example): string {
  return blockOf('Examples', fence);
}

/** What a reader copies from a section of the README: its one block in a language. */
function blockOf(section: string, fence: string): string {
  const parts = readFileSync(`${ROOT}README.md`, 'utf8').split(/^## /m);
  const own = parts.find((part) => part.startsWith(`${section}\n`)) ?? '';
  const blocks = [...own.matchAll(/^```(\w*)\n(.*?)^```$/gms)].filter(([, language]) => language === fence);
  expect(blocks, `README.md has one block of ${fence} under "## ${section}"`).toHaveLength(1);
  return blocks[0]?.[2] ?? '';
}

/** How a program ended. */
export interface Ended {
  readonly code: number | string | null | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the copied example as a file of its own, with nothing but `env` of what it reads. */
export function run(example: Example, env: Readonly<Record<string, string>>): Promise<Ended> {
  return execute(tmpdir(), example.program, example.file, copied(example), env);
}

/** Runs what the README shows of the client, from within the checkout, as it says. */
export function runClientExample(env: Readonly<Record<string, string>>): Promise<Ended> {
  const inside = `${ROOT}.wrangler`;
  mkdirSync(inside, { recursive: true });
  return execute(inside, process.execPath, 'session.mjs', blockOf('Client', 'js'), env);
}

function execute(
  place: string,
  program: string,
  file: string,
  text: string,
  env: Readonly<Record<string, string>>,
): Promise<Ended> {
  const directory = mkdtempSync(join(place, 'pipai-example-'));
  onTestFinished(() => {
    rmSync(directory, { recursive: true });
  });
  const path = join(directory, file);
  writeFileSync(path, text);
  const { PIPAI_URL: _url, PIPAI_API_KEY: _key, PIPAI_API_SECRET: _secret, ...rest } = process.env;
  // The service is on this machine, whatever proxy leads away from it.
  const local = { ...rest, NO_PROXY: '127.0.0.1', no_proxy: '127.0.0.1' };
  return new Promise((resolve) => {
    const options = { env: { ...local, ...env }, timeout: ENDED_WITHIN_MS };
    execFile(program, [path], options, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : error.code, stdout, stderr });
    });
  });
}
