import { expect, it, onTestFinished, vi } from 'vitest';
import { z } from 'zod';
import { mintKey } from '../support/client.ts';
import { finalJob } from '../support/executor.ts';
import { GRID_JOB, createJob } from '../support/jobs.ts';
import { ANY_NUMBER, ANY_TEXT } from '../support/matchers.ts';

const runLine = z.object({ event: z.literal('run'), job_id: z.string() }).loose();

it('each run writes one line with its outcome and duration', async () => {
  const lines: unknown[] = [];
  const spy = vi
    .spyOn(console, 'log')
    .mockImplementation((text: string) => void lines.push(JSON.parse(text)));
  onTestFinished(() => {
    spy.mockRestore();
  });
  const who = await mintKey();
  const done = await createJob(who);
  const failing = await createJob(who, { ...GRID_JOB, symbols: ['NOSUCHCOIN'] });
  await finalJob(who, done);
  await finalJob(who, failing);
  const runs = () => lines.map((one) => runLine.safeParse(one).data).filter((one) => one !== undefined);
  await vi.waitUntil(() => runs().length === 2);
  expect(runs()).toEqual([
    {
      at: ANY_TEXT,
      level: 'info',
      event: 'run',
      request_id: ANY_TEXT,
      account: who.accountId,
      job_id: done.id,
      template_id: 'tpl_grid',
      attempt: 1,
      outcome: 'done',
      duration_ms: ANY_NUMBER,
    },
    expect.objectContaining({ job_id: failing.id, outcome: 'DATA_UNAVAILABLE' }),
  ]);
});
