import { beforeAll, describe, expect, it } from 'vitest';
import { Desk } from './cli-support.ts';
import { EXAMPLES, run, type Example } from './example-support.ts';
import { gate } from './gate.ts';

/** The examples on a service that cannot run what they ask for, such as one without candles of their symbols. */

const NO_CANDLES = { code: 'DATA_UNAVAILABLE', message: 'BTCUSDT has no candles of 1h.' };
const TOLD = `${NO_CANDLES.code}: ${NO_CANDLES.message}`;

let desk: Desk;

beforeAll(async () => {
  desk = await Desk.open();
  return () => desk.close();
});

/** Runs the example, whose jobs end as `end` says by the time it first asks for them. Gives the id of the last one, too. */
async function played(example: Example, end: (id: string, template: string) => Promise<void>) {
  const url = await gate(desk.url, {
    before: async (method, path) => {
      if (method === 'POST' && !path.endsWith('/cancel')) return;
      const job = (await desk.trader.list())[0];
      if (job?.status === 'queued') await end(job.id, job.config.template_id);
    },
  });
  const env = { ...desk.env, PIPAI_URL: url };
  const ended = await run(example, env);
  return { ...ended, id: (await desk.trader.list())[0]?.id };
}

for (const example of EXAMPLES) {
  describe.skipIf(example.impossible)(`The example ${example.title}`, () => {
    it('ends with the reason where the first job failed', async () => {
      const { id, code, stdout, stderr } = await played(example, async (job) => {
        await desk.fail(job, await desk.work(job, 0), NO_CANDLES);
      });
      expect([code, stdout]).toEqual([1, '']);
      expect(stderr).toContain(`${String(id)} is failed, ${TOLD}`);
    });

    it('ends with the reason, and not with a mere 409, where the job to cancel had failed', async () => {
      const { id, code, stdout, stderr } = await played(example, async (job, template) => {
        const lease = await desk.work(job, 0);
        if (template === 'tpl_grid') await desk.complete(job, lease);
        else await desk.fail(job, lease, NO_CANDLES);
      });
      expect(code).toBe(1);
      expect(stdout).toMatch(/is done\n(.*\n){4}$/);
      expect(stderr).toContain(`${String(id)} is failed, ${TOLD}`);
    });
  });
}
