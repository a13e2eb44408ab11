import { afterEach, describe, expect, it, vi } from 'vitest';
import { mintKey } from '../support/client.ts';
import { createJob } from '../support/jobs.ts';
import { cancel, complete, createRunning } from '../support/worker.ts';
import { JOBS, clientOf, failureOf, hung, lostAnswer, noConnection, refused, type Fault } from './support.ts';

/** Waiting for a job's end. */

const who = await mintKey();
const worker = await mintKey(['worker']);

afterEach(() => {
  vi.useRealTimers();
});

describe('wait', () => {
  it('gives a final job at once', async () => {
    const { id } = await createJob(who);
    await cancel(who, id);
    const { client, attempts } = clientOf(who);
    expect(await client.wait(id)).toMatchObject({ id, status: 'cancelled' });
    expect(attempts.map(({ line }) => line)).toEqual([`GET ${JOBS}/${id}`]);
  });

  it('has the service hold the answer until the job ends, over failures that pass', async () => {
    const { job, lease } = await createRunning(who, worker);
    const { client, attempts } = clientOf(who, [noConnection, refused(503, 'UNAVAILABLE'), watched]);
    const begun = Promise.withResolvers<undefined>();
    async function watched(...[request, service]: Parameters<Fault>): Promise<Response> {
      const answer = service(request);
      begun.resolve(undefined);
      return await answer;
    }
    const waiting = client.wait(job.id);
    await begun.promise;
    await complete(worker, job.id, lease);
    expect(await waiting).toMatchObject({ id: job.id, status: 'done', result: { trades: [] } });
    expect(attempts.map(({ headers }) => headers.get('Prefer'))).toEqual(['wait=50', 'wait=50', 'wait=50']);
  });

  it('asks again while the job goes on, and not more than once a second where answers are not held', async () => {
    const { id } = await createJob(who);
    const takes = [0, 300, 50_000];
    let clock = Date.now();
    const notHeld: Fault = async (request, service) => {
      clock += takes.shift() ?? 0;
      const headers = new Headers(request.headers);
      headers.delete('Prefer');
      return await service(new Request(request, { headers }));
    };
    const { client, waits, attempts } = clientOf(
      who,
      [
        notHeld,
        notHeld,
        notHeld,
        async (request, service) => {
          await cancel(who, id);
          return await service(request);
        },
      ],
      { now: () => clock },
    );
    // The clock that signs is the one that jumps.
    expect(await client.wait(id)).toMatchObject({ status: 'cancelled' });
    expect(attempts).toHaveLength(5);
    expect(waits).toEqual([1000, 700]);
  });

  it('gives an answer that is held the time it was asked to be held on top', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const { client, attempts } = clientOf(who, [hung], { timeoutMs: 1000, maxRetries: 0 });
    const failure = failureOf(client.wait('bt_000000'));
    await vi.advanceTimersByTimeAsync(50_999);
    expect(attempts[0]?.signal.aborted).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(await failure).toMatchObject({ code: 'TIMEOUT' });
  });

  it('rejects for a job that does not exist', async () => {
    const { client } = clientOf(who, [lostAnswer]);
    expect(await failureOf(client.wait(`bt_${'0'.repeat(43)}`))).toMatchObject({ code: 'NOT_FOUND' });
  });
});
