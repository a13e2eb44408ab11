import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { mintKey } from '../../src/local/operator.ts';
import { freePort } from '../../src/local/ports.ts';
import { Service } from '../../src/local/service.ts';
import { throwAway } from '../../src/local/throw-away.ts';
import { Trader } from '../../src/local/trader.ts';
import type { Credentials } from '../../src/local/wire.ts';
import { EXAMPLES, copied, run, runClientExample, source } from './example-support.ts';
import { overheard } from './overheard.ts';

const STARTED_WITHIN_MS = 70_000;

let url = '';
let newKey: (account: string) => Promise<Credentials>;

beforeAll(async () => {
  const place = throwAway();
  const { persistTo, envFile } = place;
  const service = new Service({ port: await freePort(), persistTo, envFile, output: 'pipe' });
  const close = async () => {
    await service.kill();
    place.remove();
  };
  try {
    await service.ready();
  } catch (error) {
    await close();
    throw error;
  }
  url = service.url;
  newKey = (account) => mintKey(url, place.adminToken, account);
  return close;
}, STARTED_WITHIN_MS);

function environment(key: Credentials): Record<string, string> {
  return { PIPAI_URL: url, PIPAI_API_KEY: key.api_key, PIPAI_API_SECRET: key.api_secret };
}

for (const example of EXAMPLES) {
  describe.skipIf(example.impossible)(`The example ${example.title}`, () => {
    it('runs one backtest to its end and cancels another, as the README has it', async () => {
      const key = await newKey(example.fence);
      const { code, stdout, stderr } = await run(example, environment(key));
      expect([code, stderr], stdout).toEqual([0, '']);

      const trader = new Trader(url, key);
      const [long, grid, ...others] = await trader.list();
      if (long === undefined || grid === undefined)
        throw new Error('The example has not submitted two jobs.');
      expect(others).toEqual([]);
      expect([grid.status, long.status]).toEqual(['done', 'cancelled']);
      const metrics = ['total_trades', 'win_rate', 'max_drawdown', 'sharpe'] as const;
      const [done, ...lines] = stdout.trimEnd().split('\n');
      expect(done).toBe(`${grid.id} is done`);
      expect(lines.slice(0, 4)).toEqual(
        metrics.map((name) => `${name}: ${String(grid.result?.metrics[name])}`),
      );
      const [, id, progress] = /^(\w+) is cancelled, progress ([\d.e-]+)$/.exec(lines[4] ?? '') ?? [];
      expect([id, Number(progress)]).toEqual([long.id, long.progress]);
      const rows = await trader.audit(long.id);
      expect(rows.at(-1)).toMatchObject({ to: 'cancelled', actor: key.api_key, reason: 'changed my mind' });
      const trail = lines.slice(5, -1);
      expect(trail).toHaveLength(rows.length);
      for (const [index, { at, from, to, actor, reason }] of rows.entries()) {
        expect(trail[index]).toMatch(new RegExp([at, from, to, actor, reason ?? ''].join('.*')));
      }
      expect(lines.at(-1)).toMatch(/^409 INVALID_STATE: The job is cancelled/);
    });

    it('fails with the code and the message of a refusal', async () => {
      const key = await newKey(example.fence);
      const { code, stdout, stderr } = await run(
        example,
        environment({ ...key, api_secret: 'e'.repeat(64) }),
      );
      expect([code, stdout]).toEqual([1, '']);
      expect(stderr).toMatch(/401 UNAUTHORIZED: \w/);
    });

    it.each(['PIPAI_API_KEY', 'PIPAI_API_SECRET'])('says so where %s is not set', async (name) => {
      const { [name]: _left, ...env } = environment({ api_key: 'pk_1_x_0', api_secret: 'e' });
      const { code, stdout, stderr } = await run(example, env);
      expect(code).not.toBe(0);
      expect(stdout).toBe('');
      expect(stderr).toMatch(new RegExp(`${name}: Set it|Set (PIPAI_API_KEY and )?${name}`));
    });
  });

  describe(`The text of ${example.file}`, () => {
    it('is in the README, byte for byte', () => {
      expect(copied(example)).toBe(source(example));
    });

    it('is in the reference, byte for byte', async () => {
      const answer = await fetch(`${url}/openapi.json`);
      const document = z.object({ info: z.object({ description: z.string() }) }).parse(await answer.json());
      expect(document.info.description).toContain(source(example));
    });
  });
}

const [bash] = EXAMPLES;
if (bash === undefined) throw new Error('There is no example.');
describe.skipIf(bash.impossible)(`The example ${bash.title}`, () => {
  it('shows the secret to nobody who lists the processes', async () => {
    const { path, notes } = overheard(['curl', 'openssl']);
    const secret = 'f'.repeat(64);
    await run(bash, { ...environment({ api_key: 'pk_1_x_0', api_secret: secret }), PATH: path });
    expect(notes()).toMatch(/^openssl dgst .*^curl /ms);
    expect(notes()).not.toContain(secret);
  });
});

it('The client’s session in the README follows a run, cancels it and tells its changes', async () => {
  const key = await newKey('client');
  const { code, stdout, stderr } = await runClientExample(environment(key));
  expect([code, stderr], stdout).toEqual([0, '']);
  const [job, ...others] = await new Trader(url, key).list();
  if (job === undefined) throw new Error('The example has not submitted a job.');
  expect(others).toEqual([]);
  expect(job.status).toBe('cancelled');
  const lines = stdout.split('\n');
  const end = lines.indexOf(`cancelled ${String(job.progress)}`);
  const states = lines.slice(0, end);
  expect(end, stdout).toBeGreaterThan(0);
  expect(states.filter((line) => !/^(queued|running) [\d.]+$/.test(line))).toEqual([]);
  expect(lines[end + 1]).toMatch(/^INVALID_STATE The job is cancelled, /);
  expect(stdout).toContain("reason: 'seen enough'");
});
