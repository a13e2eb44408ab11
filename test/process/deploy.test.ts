import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unstable_readConfig } from 'wrangler';
import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { ROOT } from '../../src/local/paths.ts';

/** The compressed size that Cloudflare's free plan takes; the paid one takes 10 MiB. */
const MAX_KIB = 3 * 1024;

const things = z.record(z.string(), z.unknown());
const configuration = z.object({
  main: z.string(),
  compatibility_date: z.string(),
  vars: z.record(z.string(), z.string()),
  durable_objects: things,
  migrations: z.array(things).min(1),
  r2_buckets: z.array(things).min(1),
  queues: things,
  triggers: z.object({ crons: z.array(z.string()).min(1) }),
  limits: z.object({ cpu_ms: z.number() }),
  rules: z.array(things),
  observability: things,
  analytics_engine_datasets: z.array(things),
});

/** What wrangler makes of `wrangler.toml`: an environment inherits some things, and others not. */
function configOf(environment?: string): z.infer<typeof configuration> {
  const config = `${ROOT}wrangler.toml`;
  return configuration.parse(
    unstable_readConfig(environment === undefined ? { config } : { config, env: environment }),
  );
}

const { vars, observability, analytics_engine_datasets, ...rest } = configOf('production');
const local = configOf();

describe('[env.production]', () => {
  it('is deployed with everything that runs locally', () => {
    expect(rest).toEqual(
      configuration.omit({ vars: true, observability: true, analytics_engine_datasets: true }).parse(local),
    );
    expect(rest.limits.cpu_ms).toBe(300_000);
  });

  it('has every variable, and generated candles off', () => {
    expect(vars).toEqual({ ...local.vars, SYNTHETIC_CANDLES: 'off' });
    expect(local.vars.SYNTHETIC_CANDLES).toBe('on');
  });

  it('is observed: its lines are kept, and its counters bound', () => {
    expect(observability).toMatchObject({ enabled: true, logs: { enabled: true } });
    expect(analytics_engine_datasets).toEqual([{ binding: 'METRICS', dataset: 'pipai_backtest' }]);
    expect(local.analytics_engine_datasets).toEqual([]);
  });

  it('builds without an account, small enough for any plan', () => {
    const home = mkdtempSync(join(tmpdir(), 'pipai-home-'));
    onTestFinished(() => {
      rmSync(home, { recursive: true });
    });
    const { status, stdout } = spawnSync(
      'npm',
      ['run', '-s', 'deploy:check', '--', '--outdir', join(home, 'out')],
      {
        cwd: ROOT,
        encoding: 'utf8',
        env: { ...process.env, HOME: home },
      },
    );
    expect(status).toBe(0);
    const kib = Number(/gzip: ([0-9.]+) KiB/.exec(stdout)?.[1]);
    expect(kib).toBeGreaterThan(100);
    expect(kib).toBeLessThan(MAX_KIB);
    expect(stdout).toContain('env.SYNTHETIC_CANDLES ("off")');
  });
});
