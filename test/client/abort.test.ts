import { describe, expect, it } from 'vitest';
import { PipaiClient } from '../../src/client/index.ts';
import { mintKey } from '../support/client.ts';
import { createJob, getJob, listJobs } from '../support/jobs.ts';
import { GRID, URL_OF_SERVICE, all, clientOf, deaf, endless, hung, refused, type Fault } from './support.ts';

/** The caller's signal ends a call wherever it stands, and its reason is what the call rejects with. */

const who = await mintKey();
const reason = new Error('changed my mind');

/** What a promise rejects with. */
async function rejection(call: Promise<unknown>): Promise<unknown> {
  try {
    await call;
  } catch (error) {
    return error;
  }
  throw new Error('The call did not reject.');
}

describe('an abort', () => {
  it('before the call sends nothing', async () => {
    const { client, attempts } = clientOf(who);
    const signal = AbortSignal.abort(reason);
    expect(await rejection(client.create(GRID, { signal }))).toBe(reason);
    expect(await rejection(all(client.list({}, { signal })))).toBe(reason);
    expect(await rejection(all(client.events('bt_000000', { signal })))).toBe(reason);
    expect(attempts).toHaveLength(0);
  });

  it('without a reason of one’s own is an AbortError', async () => {
    expect(await rejection(clientOf(who).client.templates({ signal: AbortSignal.abort() }))).toMatchObject({
      name: 'AbortError',
    });
  });

  it('during a request ends it', async () => {
    const controller = new AbortController();
    const { client, attempts, waits } = clientOf(who, [
      async (request, service) => {
        queueMicrotask(() => {
          controller.abort(reason);
        });
        return await hung(request, service);
      },
    ]);
    expect(await rejection(client.get('bt_000000', { signal: controller.signal }))).toBe(reason);
    expect([attempts.length, waits]).toEqual([1, []]);
    expect(attempts[0]?.signal.aborted).toBe(true);
  });

  it('during an answer that the service holds ends it', async () => {
    const { id } = await createJob(who);
    const controller = new AbortController();
    const { client } = clientOf(who, [
      async (request, service) => {
        const answer = service(request);
        controller.abort(reason);
        return await answer;
      },
    ]);
    expect(await rejection(client.wait(id, { signal: controller.signal }))).toBe(reason);
    expect((await getJob(who, id)).status).toBe('queued');
  });

  it('while an answer’s body arrives ends the reading', async () => {
    const controller = new AbortController();
    const slow: Fault = async ({ signal }) => {
      const body = new ReadableStream<Uint8Array>({
        start(stream) {
          signal.addEventListener('abort', () => {
            stream.error(new DOMException('given up', 'AbortError'));
          });
        },
        pull() {
          controller.abort(reason);
        },
      });
      return await Promise.resolve(new Response(body));
    };
    const { client } = clientOf(who, [slow]);
    expect(await rejection(client.templates({ signal: controller.signal }))).toBe(reason);
  });

  it.each([
    ['a request', deaf],
    ['an answer', endless],
  ])('ends %s of a fetch that does not heed it', async (_, fault) => {
    const controller = new AbortController();
    const { client } = clientOf(who, [fault]);
    const call = client.templates({ signal: controller.signal });
    setTimeout(() => {
      controller.abort(reason);
    }, 20);
    expect(await rejection(call)).toBe(reason);
  });

  it('during the wait before a retry ends it', async () => {
    const controller = new AbortController();
    let attempts = 0;
    const client = new PipaiClient({
      url: URL_OF_SERVICE,
      apiKey: who.apiKey,
      apiSecret: who.apiSecret,
      fetch: async (request) => {
        attempts += 1;
        setTimeout(() => {
          controller.abort(reason);
        }, 20);
        return await refused(503, 'UNAVAILABLE', { 'Retry-After': '60' })(request, fetch);
      },
    });
    expect(await rejection(client.create(GRID, { signal: controller.signal }))).toBe(reason);
    expect(attempts).toBe(1);
  });

  it('between two pages of a list fetches no more', async () => {
    const other = await mintKey();
    for (let n = 0; n < 2; n++) await createJob(other);
    const controller = new AbortController();
    const { client, attempts } = clientOf(other);
    const jobs = client.list({ limit: 1 }, { signal: controller.signal });
    await jobs.next();
    controller.abort(reason);
    expect(await rejection(jobs.next())).toBe(reason);
    expect(attempts).toHaveLength(1);
  });

  it('after the call changes nothing, and the signal may serve many calls', async () => {
    const other = await mintKey();
    const controller = new AbortController();
    const { client } = clientOf(other);
    const jobs = [];
    for (let n = 0; n < 3; n++) jobs.unshift(await client.create(GRID, { signal: controller.signal }));
    controller.abort();
    expect((await listJobs(other)).data.map(({ id }) => id)).toEqual(jobs.map(({ id }) => id));
  });
});
