import { abortAllDurableObjects, evictDurableObject } from 'cloudflare:test';
import { describe, expect, it } from 'vitest';
import { call, mintKey } from '../support/client.ts';
import { eventsOf, listen, watched, type Heard } from '../support/events.ts';
import { createJob, jobStub, startJob } from '../support/jobs.ts';
import { blamed, codeOf } from '../support/matchers.ts';
import { cancel, complete, createRunning, heartbeat } from '../support/worker.ts';

/** How an event stream goes on: for a client that comes back, and when the job's object sleeps or is reset. */

const worker = await mintKey(['worker']);

function idsOf(events: Heard[]): number[] {
  return events.map(({ id }) => id);
}

describe('Last-Event-ID', () => {
  it('of the present state is answered by the next change only', async () => {
    const who = await mintKey();
    const { job, lease } = await createRunning(who, worker);
    const stream = await listen(who, job.id, { lastEventId: 3 });
    await watched(job.id, 1);
    await heartbeat(worker, job.id, lease, 0.6);
    expect(await stream.hear()).toMatchObject({ id: 4, job: { progress: 0.6 } });
    await complete(worker, job.id, lease);
    expect(idsOf(await stream.rest())).toEqual([5]);
  });

  it('of the final state is answered by nothing and the end', async () => {
    const who = await mintKey();
    const job = await createJob(who);
    await cancel(who, job.id);
    const stream = await listen(who, job.id, { lastEventId: 2 });
    expect(await stream.rest()).toEqual([]);
    expect(stream.response.status).toBe(200);
    await watched(job.id, 0);
  });

  it.each([
    ['an earlier state', '1'],
    ['no state', '0'],
    ['an earlier state, with leading zeros', '002'],
    ['a state that never was', '4'],
    ['a state that never was, of fifteen digits', '9'.repeat(15)],
    ['nothing', ''],
  ])('of %s is answered by the present state, once', async (_, lastEventId) => {
    const who = await mintKey();
    const { job, lease } = await createRunning(who, worker);
    const stream = await listen(who, job.id, { lastEventId });
    expect((await stream.hear()).id).toBe(3);
    await complete(worker, job.id, lease);
    expect(idsOf(await stream.rest())).toEqual([4]);
  });

  it.each(['1', '3', ''])(
    '"%s" of a job that became final meanwhile is answered by that',
    async (lastEventId) => {
      const who = await mintKey();
      const { job, lease } = await createRunning(who, worker);
      await complete(worker, job.id, lease);
      expect(idsOf(await (await listen(who, job.id, { lastEventId })).rest())).toEqual([4]);
    },
  );

  it.each(['x', '-1', '+1', '1.0', '1e3', '0x1', '1 2', '1, 2', '9'.repeat(16), 'bt_1'])(
    'is refused as "%s", and named',
    async (lastEventId) => {
      const who = await mintKey();
      const job = await createJob(who);
      const headers = { 'Last-Event-ID': lastEventId };
      const answer = await call(who, 'GET', eventsOf(job.id), undefined, { headers });
      expect([answer.status, codeOf(answer), blamed(answer)]).toEqual([
        400,
        'INVALID_PARAMETER',
        ['Last-Event-ID'],
      ]);
    },
  );
});

describe('an open stream', () => {
  it('lets the object sleep, and wakes with it', async () => {
    const who = await mintKey();
    const job = await createJob(who);
    const stream = await listen(who, job.id);
    expect((await stream.hear()).id).toBe(1);
    await evictDurableObject(jobStub(job.id));
    await watched(job.id, 1);
    const { lease } = await startJob(worker, job.id);
    expect((await stream.hear()).id).toBe(2);
    await evictDurableObject(jobStub(job.id));
    await complete(worker, job.id, lease);
    expect(idsOf(await stream.rest())).toEqual([3]);
  });

  it('goes on without a repetition when the object has lost its sockets', async () => {
    const who = await mintKey();
    const job = await createJob(who);
    const stream = await listen(who, job.id);
    expect((await stream.hear()).id).toBe(1);
    await evictDurableObject(jobStub(job.id), { webSockets: 'close' });
    await watched(job.id, 1);
    await startJob(worker, job.id);
    expect((await stream.hear()).id).toBe(2);
    await evictDurableObject(jobStub(job.id), { webSockets: 'close' });
    await cancel(who, job.id);
    expect(idsOf(await stream.rest())).toEqual([3]);
  });

  it('goes on to the final state when every object is reset again and again', async () => {
    const who = await mintKey();
    const { job, lease } = await createRunning(who, worker, 0.1);
    const streams = [await listen(who, job.id), await listen(who, job.id)];
    const heard = Promise.all(streams.map((stream) => stream.rest()));
    for (let step = 2; step <= 5; step++) {
      await watched(job.id, 2);
      await abortAllDurableObjects();
      await heartbeat(worker, job.id, lease, step / 10);
    }
    await abortAllDurableObjects();
    await complete(worker, job.id, lease);
    for (const events of await heard) {
      const ids = idsOf(events);
      expect(ids).toEqual([...new Set(ids)].sort((a, b) => a - b));
      expect([ids[0], events.at(-1)?.id, events.at(-1)?.job.status]).toEqual([3, 8, 'done']);
    }
    await watched(job.id, 0);
  });

  it('goes on for a client that comes back with what it heard last', async () => {
    const who = await mintKey();
    const job = await createJob(who);
    const first = await listen(who, job.id);
    const { id } = await first.hear();
    await first.leave();
    const { lease } = await startJob(worker, job.id);
    const second = await listen(who, job.id, { lastEventId: id });
    const started = await second.hear();
    await second.leave();
    await abortAllDurableObjects();
    const third = await listen(who, job.id, { lastEventId: started.id });
    await watched(job.id, 1);
    await complete(worker, job.id, lease);
    expect([id, started.id, ...idsOf(await third.rest())]).toEqual([1, 2, 3]);
  });
});
