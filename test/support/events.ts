import { exports } from 'cloudflare:workers';
import { runInDurableObject } from 'cloudflare:test';
import { EventSourceParserStream } from 'eventsource-parser/stream';
import { vi } from 'vitest';
import type { z } from 'zod';
import { signedInit, type Credentials } from './client.ts';
import { jobAnswer, jobStub } from './jobs.ts';

const jobEvent = jobAnswer.omit({ result: true }).strict();

/** One event of a stream. */
export interface Heard {
  id: number;
  job: z.infer<typeof jobEvent>;
  /** `data` as it came. */
  text: string;
}

/** Sends a request to the service, or to a part of it. */
type Ask = (target: string, init: RequestInit) => Promise<Response> | Response;

const theService: Ask = (target, init) => exports.default.fetch(`https://pipai.test${target}`, init);

/** Somebody who listens to an event stream. */
export class Listener {
  readonly response: Response;
  readonly comments: string[] = [];
  readonly retries: number[] = [];
  readonly #events;

  constructor(response: Response) {
    if (response.body === null) throw new Error('an event stream without a body');
    this.response = response;
    const parser = new EventSourceParserStream({
      onComment: (comment) => this.comments.push(comment),
      onRetry: (retry) => this.retries.push(retry),
      onError: 'terminate',
    });
    this.#events = response.body.pipeThrough(new TextDecoderStream()).pipeThrough(parser).getReader();
  }

  /** The next event, or null at the stream's end. */
  async next(): Promise<Heard | null> {
    const { done, value } = await this.#events.read();
    if (done) return null;
    if (value.event !== 'job') throw new Error(`an event ${value.event ?? 'without a name'}`);
    return { id: Number(value.id), job: jobEvent.parse(JSON.parse(value.data)), text: value.data };
  }

  /** The next event; fails at the stream's end. */
  async hear(): Promise<Heard> {
    const event = await this.next();
    if (event === null) throw new Error('the stream has ended');
    return event;
  }

  /** Everything up to the stream's end. */
  async rest(): Promise<Heard[]> {
    const events: Heard[] = [];
    for (let event = await this.next(); event !== null; event = await this.next()) events.push(event);
    return events;
  }

  /** Goes away in the middle of the stream. */
  async leave(): Promise<void> {
    await this.#events.cancel();
  }
}

/** The target of a job's event stream. */
export function eventsOf(id: string): string {
  return `/v1/backtest/jobs/${id}/events`;
}

/** Opens the event stream of a job. */
export async function listen(
  who: Credentials,
  id: string,
  more: { lastEventId?: string | number; headers?: Record<string, string>; ask?: Ask } = {},
): Promise<Listener> {
  const resume = more.lastEventId === undefined ? {} : { 'Last-Event-ID': String(more.lastEventId) };
  const headers = { ...resume, ...more.headers };
  const init = await signedInit(who, 'GET', eventsOf(id), undefined, { headers });
  const response = await (more.ask ?? theService)(eventsOf(id), init);
  if (response.status !== 200) throw new Error(await response.text());
  return new Listener(response);
}

/** How many sockets a job's object has open. */
export function watchersOf(id: string): Promise<number> {
  return runInDurableObject(jobStub(id), (_, state) => state.getWebSockets().length);
}

/** Waits until a job's object has so many sockets open. */
export async function watched(id: string, times: number): Promise<void> {
  await vi.waitUntil(async () => (await watchersOf(id)) === times, { timeout: 5000, interval: 10 });
}
