import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { Fault } from './fault.ts';
import { FAULTS } from './index.ts';

/**
 * Tries the torture with each fault in turn, or with those that are named, and prints what noticed it. Ends with 1 where one was
 * not noticed.
 */

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
/** A fault that has not shown by then has escaped. */
const MOST_STEPS = 20_000;

interface Finding {
  readonly invariant: string;
  readonly steps: string;
}

const report = z.object({
  testResults: z.array(
    z.object({
      message: z.string().default(''),
      assertionResults: z.array(z.object({ failureMessages: z.array(z.string()).nullish() })),
    }),
  ),
});

/** What noticed the fault; null where nothing did. Throws where the tests failed of something else. */
function tried(fault: Fault): Finding | null {
  const folder = mkdtempSync(join(tmpdir(), 'pipai-fault-'));
  try {
    const output = join(folder, 'report.json');
    const run = spawnSync(
      'npx',
      ['vitest', 'run', '--project', 'torture', '--reporter=json', `--outputFile=${output}`],
      {
        cwd: ROOT,
        env: { ...process.env, TORTURE_FAULT: fault.name, TORTURE_STEPS: String(MOST_STEPS) },
        encoding: 'utf8',
      },
    );
    if (run.status === 0) return null;
    const { testResults } = report.parse(JSON.parse(readFileSync(output, 'utf8')));
    const messages = testResults.flatMap(({ message, assertionResults }) => [
      message,
      ...assertionResults.flatMap(({ failureMessages }) => failureMessages ?? []),
    ]);
    const noticed = messages.find((message) => message.includes('violated "'));
    if (noticed === undefined) throw new Error(`"${fault.name}" broke the test: ${messages.join('\n')}`);
    return {
      invariant: /violated "([^"]+)"/.exec(noticed)?.[1] ?? '',
      steps: /after (\d+) steps/.exec(noticed)?.[1] ?? '',
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const named = process.argv.slice(2);
const unknown = named.filter((name) => !FAULTS.some((fault) => fault.name === name));
if (unknown.length > 0) throw new Error(`There is no fault "${unknown.join('", "')}".`);
let escaped = 0;
console.log(`| fault | what is wrong | noticed by | after steps |\n|---|---|---|---|`);
for (const fault of FAULTS.filter(({ name }) => named.length === 0 || named.includes(name))) {
  const finding = tried(fault);
  if (finding === null) escaped += 1;
  const noticed =
    finding === null ? `nothing | ${String(MOST_STEPS)}` : `${finding.invariant} | ${finding.steps}`;
  console.log(`| ${fault.name} | ${fault.what} | ${noticed} |`);
}
if (escaped > 0) {
  console.error(`${String(escaped)} faults escaped.`);
  process.exitCode = 1;
}
