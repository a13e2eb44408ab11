import { readFileSync } from 'node:fs';
import { cloudflareTest } from '@cloudflare/vitest-pool-workers';
import { defineConfig, type Plugin } from 'vitest/config';
import { fuzzPlan } from './test/fuzz/plan.ts';
import { withFault } from './test/torture/faults/plugin.ts';

const SHARED = new URL('../shared/', import.meta.url);

/** The text of a file beside the checkout, or null where there is none; a test then skips and says so. */
function shared(name: string): string | null {
  try {
    return readFileSync(new URL(name, SHARED), 'utf8');
  } catch {
    return null;
  }
}

/** Months in both clocks of the public archive: milliseconds until 2024, microseconds since. */
const REAL_MONTHS = ['BTCUSDT-1h-2024-12', 'BTCUSDT-1h-2025-01', 'ETHUSDT-1h-2024-12', 'ETHUSDT-1h-2025-01'];

const secrets = { MASTER_KEY: 'test-master-key-of-enough-length-0123', ADMIN_TOKEN: 'test-admin-token' };

/** Makes of the API's texts what the `Text` rule of wrangler.toml makes of them, for tests outside of workerd. */
const textModules: Plugin = {
  name: 'text-modules',
  enforce: 'pre',
  load: (id) =>
    /\/openapi\/(guide\.md|examples\/[^/]+)$/.test(id)
      ? `export default ${JSON.stringify(readFileSync(id, 'utf8'))}`
      : null,
};

/** What `npm run torture` is told by its environment. */
const { TORTURE_SEED = '1', TORTURE_PATH = null, TORTURE_STEPS = '2000', TORTURE_FAULT = null } = process.env;

/** Tests inside workerd, with real Durable Objects, queue and bucket, under one setting of the service. */
function inWorkerd(
  name: string,
  include: string[],
  bindings: Record<string, string>,
  groupOrder: number,
  maxWorkers = 1,
) {
  return {
    plugins: [
      ...(TORTURE_FAULT === null ? [] : [withFault(TORTURE_FAULT)]),
      cloudflareTest({
        wrangler: { configPath: './wrangler.toml' },
        miniflare: { bindings: { ...secrets, ...bindings } },
      }),
    ],
    test: {
      name,
      include,
      testTimeout: 20_000,
      // One project after the other: those that promise times have the machine to themselves.
      sequence: { groupOrder },
      maxWorkers,
      provide: {
        fuzz: fuzzPlan(process.env),
        engineCases: shared('engine-cases.json'),
        torture: {
          seed: Number(TORTURE_SEED),
          path: TORTURE_PATH,
          steps: Number(TORTURE_STEPS),
          shrink: TORTURE_FAULT === null,
        },
        realMonths: REAL_MONTHS.map((name) => [name, shared(`data/${name}.csv`)]),
      },
    },
  };
}

export default defineConfig({
  test: {
    // The service writes a line a request; of a failing test they are shown.
    silent: 'passed-only',
    projects: [
      inWorkerd(
        'workerd',
        [
          'test/**/*.test.ts',
          ...['executor', 'fuzz', 'process', 'siege', 'torture'].map((folder) => `!test/${folder}/**`),
        ],
        {
          EXECUTOR: 'external',
        },
        0,
        // What is timed in it has seconds to spare.
        2,
      ),
      inWorkerd('executor', ['test/executor/**/*.test.ts'], { EXECUTOR: 'embedded' }, 1),
      inWorkerd('torture', ['test/torture/*.test.ts'], { EXECUTOR: 'embedded' }, 2),
      inWorkerd('fuzz', ['test/fuzz/*.test.ts'], { EXECUTOR: 'external' }, 3),
      {
        plugins: [textModules],
        test: {
          name: 'fuzz-wire',
          environment: 'node',
          include: ['test/fuzz/wire/*.test.ts'],
          sequence: { groupOrder: 4 },
          provide: { fuzz: fuzzPlan(process.env) },
        },
      },
      {
        test: {
          name: 'process',
          environment: 'node',
          include: ['test/{process,siege}/**/*.test.ts'],
          testTimeout: 120_000,
          // Services are started in them.
          hookTimeout: 120_000,
          sequence: { groupOrder: 5 },
        },
      },
    ],
    coverage: {
      provider: 'istanbul',
      include: ['src/**/*.ts'],
      // What runs in processes of its own is not seen here.
      exclude: ['src/local/**', 'src/cli/**'],
      reporter: ['text', 'html'],
      thresholds: { 'src/job/machine.ts': { branches: 100, functions: 100, lines: 100, statements: 100 } },
    },
  },
});
