import { runInDurableObject } from 'cloudflare:test';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { JobEvent } from '../../src/client/index.ts';
import { mintKey } from '../support/client.ts';
import { createJob, jobStub, startJob } from '../support/jobs.ts';
import { cancel, complete, createRunning, fail, heartbeat } from '../support/worker.ts';
import { HTML, all, answered, clientOf, failureOf, noConnection, refused, type Fault } from './support.ts';

/** Following a job: over lost connections, to the final state, each state once. */

const who = await mintKey();
const worker = await mintKey(['worker']);

afterEach(() => {
  vi.useRealTimers();
});

function statuses(events: JobEvent[]): string[] {
  return events.map(({ job }) => job.status);
}

function isRising(events: JobEvent[]): boolean {
  return events.every(({ id }, n) => n === 0 || Number(id) > Number(events[n - 1]?.id));
}

/** Which `Last-Event-ID` each connection asked with. */
function resumedFrom(attempts: { headers: Headers }[]): (string | null)[] {
  return attempts.map(({ headers }) => headers.get('Last-Event-ID'));
}

describe('the events of a job', () => {
  it('tell every state from the present one to the final one, and end', async () => {
    const { id } = await createJob(who);
    const { client, attempts } = clientOf(who);
    const events: JobEvent[] = [];
    let lease = '';
    for await (const event of client.events(id)) {
      events.push(event);
      if (event.job.status === 'queued') ({ lease } = await startJob(worker, id));
      else if (event.job.progress === 0) await heartbeat(worker, id, lease, 0.5);
      else if (event.job.progress === 0.5) await complete(worker, id, lease);
    }
    expect(events.map(({ job }) => [job.status, job.progress])).toEqual([
      ['queued', 0],
      ['running', 0],
      ['running', 0.5],
      ['done', 1],
    ]);
    expect(isRising(events)).toBe(true);
    expect(events.at(-1)?.job).not.toHaveProperty('result');
    expect(attempts).toHaveLength(1);
  });

  it('of a final job are that state alone', async () => {
    const { id } = await createJob(who);
    await cancel(who, id);
    expect(statuses(await all(clientOf(who).client.events(id)))).toEqual(['cancelled']);
  });

  it('go on where a connection broke off in the middle of an event', async () => {
    const { id } = await createJob(who);
    const { client, attempts, waits } = clientOf(who, [cutInside(2), cutInside(1), noConnection]);
    const events: JobEvent[] = [];
    let lease = '';
    for await (const event of client.events(id)) {
      events.push(event);
      if (event.job.status === 'queued') ({ lease } = await startJob(worker, id));
      else await fail(worker, id, lease);
    }
    expect(statuses(events)).toEqual(['queued', 'running', 'failed']);
    expect(isRising(events)).toBe(true);
    // The second connection gave nothing, so that the next ones ask for the present state whatever it is.
    expect(resumedFrom(attempts)).toEqual([null, events[0]?.id, null, null]);
    // The service asks for two seconds; a resumed connection that gave nothing is replaced at once.
    expect(waits).toEqual([2000, 0]);
  });

  it('go on after a connection that ended without a word', async () => {
    const { job, lease } = await createRunning(who, worker);
    const { client, attempts } = clientOf(who, [
      endAfter(1),
      refused(503, 'UNAVAILABLE', { 'Retry-After': '3' }),
    ]);
    const events: JobEvent[] = [];
    for await (const event of client.events(job.id)) {
      events.push(event);
      if (event.job.status === 'running') await complete(worker, job.id, lease);
    }
    expect(statuses(events)).toEqual(['running', 'done']);
    expect(resumedFrom(attempts)).toEqual([null, events[0]?.id, events[0]?.id]);
  });

  it('begin after the state that is known already', async () => {
    const { job, lease } = await createRunning(who, worker);
    const first = await firstOf(clientOf(who).client.events(job.id));
    const { client } = clientOf(who);
    const rest = all(client.events(job.id, { lastEventId: first.id }));
    await complete(worker, job.id, lease);
    expect(statuses(await rest)).toEqual(['done']);
  });

  it('are none where the known state is the final one', async () => {
    const { id } = await createJob(who);
    await cancel(who, id);
    const last = await firstOf(clientOf(who).client.events(id));
    const { client, attempts, waits } = clientOf(who);
    expect(await all(client.events(id, { lastEventId: last.id }))).toEqual([]);
    expect([resumedFrom(attempts), waits]).toEqual([[last.id, null], []]);
  });

  it.each<
    [code: string, status: number, id: string | null, key: () => Promise<Parameters<typeof clientOf>[0]>]
  >([
    ['NOT_FOUND', 404, `bt_${'0'.repeat(43)}`, () => Promise.resolve(who)],
    ['UNAUTHORIZED', 401, null, () => Promise.resolve({ ...who, apiSecret: 'another' })],
    ['FORBIDDEN', 403, null, () => mintKey(['trade'], who.accountId)],
  ])('end with %s', async (code, status, unknown, key) => {
    const id = unknown ?? (await createJob(who)).id;
    const { client, attempts } = clientOf(await key());
    expect(await failureOf(all(client.events(id)))).toMatchObject({ code, status });
    expect(attempts).toHaveLength(1);
  });

  it('let go of the connection when the loop is left', async () => {
    const { job } = await createRunning(who, worker);
    const { client, attempts } = clientOf(who);
    await firstOf(client.events(job.id));
    expect(attempts[0]?.signal.aborted).toBe(true);
    await vi.waitFor(async () => {
      expect(await watchers(job.id)).toBe(0);
    });
  });

  it('let go of the connection when they are aborted, and reject with the reason', async () => {
    const { job } = await createRunning(who, worker);
    const { client, waits } = clientOf(who);
    const controller = new AbortController();
    const events = client.events(job.id, { signal: controller.signal });
    expect((await events.next()).done).toBe(false);
    const pending = events.next();
    const reason = new Error('seen enough');
    controller.abort(reason);
    await expect(pending).rejects.toBe(reason);
    expect(await events.next()).toEqual({ done: true, value: undefined });
    expect(waits).toEqual([]);
    await vi.waitFor(async () => {
      expect(await watchers(job.id)).toBe(0);
    });
  });
});

describe('a stream', () => {
  it('is read in whatever pieces it comes', async () => {
    const text =
      `\uFEFFretry: 10\r\n\r\n: hello\r\n\r\n${event('7', 'running', '🧨')}${event('8', 'done')}`.replaceAll(
        '\n\n',
        '\r\n\r\n',
      );
    const bytes = new TextEncoder().encode(text);
    const { client } = clientOf(who, [stream(Array.from(bytes, (byte) => Uint8Array.of(byte)))]);
    const events = await all(client.events('bt_000000'));
    expect(events).toEqual([
      { id: '7', job: { id: 'bt_000000', status: 'running', note: '🧨' } },
      { id: '8', job: { id: 'bt_000000', status: 'done', note: '' } },
    ]);
  });

  it('that repeats itself gives no state twice', async () => {
    const { client } = clientOf(who, [
      stream([event('7', 'queued'), event('9', 'running'), event('9', 'running')]),
      stream([event('7', 'queued'), event('8', 'running'), event('9', 'running')]),
      stream([event('9', 'running'), event('10', 'running', 'half'), event('10', 'done')]),
    ]);
    const events = await all(client.events('bt_000000'));
    expect(events.map(({ id }) => id)).toEqual(['7', '9', '10']);
  });

  it('may carry events of another kind', async () => {
    const { client } = clientOf(who, [
      stream(['event: news\nid: 3\ndata: {}\n\n', 'data: x\n\n', event('4', 'done')]),
    ]);
    expect(await all(client.events('bt_000000'))).toHaveLength(1);
  });

  it.each<[string, Fault]>([
    ['an event that is no JSON', stream(['event: job\nid: 1\ndata: {"id":\n\n'])],
    ['an event that is no job', stream(['event: job\nid: 1\ndata: {}\n\n'])],
    ['an event without an id', stream([event('1', 'queued').replace('id: 1\n', '')])],
    ['a page', HTML],
    ['nothing', answered(200, '')],
  ])('with %s is a BAD_ANSWER', async (_, fault) => {
    const { client, attempts } = clientOf(who, [fault]);
    expect(await failureOf(all(client.events('bt_000000')))).toMatchObject({
      code: 'BAD_ANSWER',
      status: 200,
    });
    expect(attempts).toHaveLength(1);
  });

  it('that is lost again and again with nothing in between is given up', async () => {
    const lost = stream(['retry: 700\n\n']);
    const options = { maxRetries: 3, random: () => 1, now: () => 0 };
    const { client, attempts, waits } = clientOf(who, [lost, lost, lost, lost, lost], options);
    const failure = await failureOf(all(client.events('bt_000000')));
    expect(failure).toMatchObject({ code: 'NETWORK', status: null });
    expect(failure.message).toContain('/events');
    expect(attempts).toHaveLength(4);
    expect(waits).toEqual([1200, 1700, 2700]);
  });

  it('that lasted is replaced for ever, though it told nothing', async () => {
    let clock = 0;
    const long: Fault = async (request, service) => {
      clock += 10_000;
      return await stream([])(request, service);
    };
    const faults = [...Array.from({ length: 9 }, () => long), stream([event('1', 'done')])];
    const { client } = clientOf(who, faults, { maxRetries: 1, now: () => (clock += 10_000) });
    expect(await all(client.events('bt_000000'))).toHaveLength(1);
  });

  it('that told something is replaced even where nothing is retried', async () => {
    const { client } = clientOf(who, [stream([event('1', 'queued')]), stream([event('2', 'done')])], {
      maxRetries: 0,
    });
    expect(await all(client.events('bt_000000'))).toHaveLength(2);
  });

  it('silent for three of the service’s comments is taken for lost', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const silent = clientOf(who, [
      stream([event('1', 'queued')], 'stays open'),
      stream([event('2', 'done')]),
    ]);
    const events = silent.client.events('bt_000000');
    await events.next();
    const second = events.next();
    await vi.advanceTimersByTimeAsync(44_999);
    expect(silent.attempts).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect((await second).value?.id).toBe('2');
    expect(resumedFrom(silent.attempts)).toEqual([null, '1']);
  });

  it('is not lost while a state is being worked on', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const { client, attempts } = clientOf(who, [stream([event('1', 'queued'), event('2', 'done')])]);
    const events = client.events('bt_000000');
    await events.next();
    await vi.advanceTimersByTimeAsync(600_000);
    expect((await events.next()).value?.id).toBe('2');
    expect(attempts).toHaveLength(1);
  });
});

async function firstOf(events: AsyncIterable<JobEvent>): Promise<JobEvent> {
  for await (const first of events) return first;
  throw new Error('There is no event.');
}

/** How many watch a job at its object. */
async function watchers(id: string): Promise<number> {
  return await runInDurableObject(jobStub(id), (_, state) => state.getWebSockets().length);
}

function event(id: string, status: string, note = ''): string {
  return `event: job\nid: ${id}\ndata: ${JSON.stringify({ id: 'bt_000000', status, note })}\n\n`;
}

/** A made-up stream of these pieces, each read by itself. */
function stream(pieces: (string | Uint8Array)[], after: 'ends' | 'stays open' = 'ends'): Fault {
  return async () => {
    const rest = pieces.map((piece) => (typeof piece === 'string' ? new TextEncoder().encode(piece) : piece));
    const body = new ReadableStream<Uint8Array>({
      async pull(controller) {
        const piece = rest.shift();
        if (piece !== undefined) controller.enqueue(piece);
        else if (after === 'ends') controller.close();
        else await new Promise(() => undefined);
      },
    });
    const headers = { 'Content-Type': 'text/event-stream' };
    return await Promise.resolve(new Response(body, { headers }));
  };
}

/** The service's stream, broken off in the middle of its n-th event. */
function cutInside(nth: number): Fault {
  return tampered(nth, (text, controller) => {
    controller.enqueue(new TextEncoder().encode(text.slice(0, text.length / 2)));
    controller.error(new TypeError('terminated'));
  });
}

/** The service's stream, ended after its n-th event as if all were well. */
function endAfter(nth: number): Fault {
  return tampered(nth, (text, controller) => {
    controller.enqueue(new TextEncoder().encode(text));
    controller.close();
  });
}

function tampered(
  nth: number,
  end: (text: string, controller: ReadableStreamDefaultController<Uint8Array>) => void,
): Fault {
  return async (request, service) => {
    const response = await service(request);
    const reader: ReadableStreamDefaultReader<unknown> | undefined = response.body?.getReader();
    let seen = 0;
    const body = new ReadableStream<Uint8Array>({
      async pull(controller) {
        const chunk = (await reader?.read())?.value;
        if (!(chunk instanceof Uint8Array)) {
          controller.close();
          return;
        }
        const text = new TextDecoder().decode(chunk);
        if (text.startsWith('event: job') && ++seen === nth) {
          end(text, controller);
          await reader?.cancel();
        } else {
          controller.enqueue(chunk);
        }
      },
    });
    return new Response(body, response);
  };
}
