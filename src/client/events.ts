import { createParser, type EventSourceMessage } from 'eventsource-parser';
import type { JobEventData } from '../schemas/responses.ts';
import { PipaiError } from './error.ts';
import type { Http, OpenAnswer } from './http.ts';
import type { Settings } from './options.ts';
import { isFinal, isJobEventData, parseJson } from './wire.ts';

/** A state of a job. `result` is not part of it. */
export interface JobEvent {
  /** Increases with each state of the job; resumes after it as `lastEventId`. */
  readonly id: string;
  readonly job: JobEventData;
}

/** The service sends a comment every 15 s; a connection silent for three of them is dead. */
const SILENCE_MS = 45_000;
/** A connection that lasted this long was a good one, whatever came over it. */
const GOOD_MS = 10_000;

/** What a connection asked for in case it is lost: to stay away for so long, in milliseconds. */
interface Wish {
  retryMs: number;
}

/**
 * The states of a job, over as many connections as it takes, until a final one. Each is given once, and none that
 * `lastEventId` names. A connection that is lost is replaced, unless that happens more than `maxRetries` times in a row
 * with nothing in between. Leaving the loop ends the connection.
 */
export async function* jobEvents(
  { stream, pause }: Http,
  { maxRetries, now }: Settings,
  target: string,
  options: { readonly signal?: AbortSignal | undefined; readonly lastEventId?: string | undefined },
): AsyncGenerator<JobEvent, void, undefined> {
  const { signal } = options;
  const wish: Wish = { retryMs: 0 };
  let last = options.lastEventId ?? '';
  let newest = -1;
  let resume = last !== '';
  for (let losses = 0; ;) {
    const headers: Record<string, string> = resume ? { 'Last-Event-ID': last } : {};
    const answer = await stream({ method: 'GET', target, headers, signal });
    const openedAt = now();
    let news = false;
    for await (const message of messages(answer, wish)) {
      if (message.event !== 'job') continue;
      const event = toEvent(message, target);
      if (event.id !== last && !(Number(event.id) <= newest)) {
        [last, newest, news] = [event.id, Number(event.id), true];
        yield event;
      }
      if (isFinal(event.job.status)) return;
    }
    signal?.throwIfAborted();
    losses = news || now() - openedAt >= GOOD_MS ? 0 : losses + 1;
    if (losses > maxRetries) {
      throw new PipaiError(
        'NETWORK',
        `GET ${target} breaks off again and again. Does something in between end streams?`,
      );
    }
    // A stream resumed after the final state is empty. Asked without an id, the service sends the present state again.
    const askAgain = resume && !news;
    resume = news;
    if (!askAgain) await pause(Math.max(0, losses - 1), wish.retryMs, signal);
  }
}

/** The messages of one connection, until it ends for whatever reason. */
async function* messages(
  { response, deadline }: OpenAnswer,
  wish: Wish,
): AsyncGenerator<EventSourceMessage, void, undefined> {
  const ready: EventSourceMessage[] = [];
  const parser = createParser({
    onEvent: (message) => ready.push(message),
    onRetry: (ms) => (wish.retryMs = ms),
  });
  const decoder = new TextDecoder();
  const reader = response.body?.getReader();
  // An answer that `fetch` does not tie to its request's signal would be read for ever.
  deadline.signal.addEventListener('abort', () => void reader?.cancel().catch(() => undefined));
  try {
    for (;;) {
      deadline.arm(SILENCE_MS);
      const chunk = await reader?.read().catch(() => undefined);
      // How long the caller takes with a state says nothing about the connection.
      deadline.arm();
      const bytes: unknown = chunk?.value;
      if (!(bytes instanceof Uint8Array)) return;
      parser.feed(decoder.decode(bytes, { stream: true }));
      yield* ready.splice(0);
    }
  } finally {
    deadline.close();
  }
}

function toEvent(message: EventSourceMessage, target: string): JobEvent {
  const job = parseJson(message.data);
  if (message.id === undefined || !isJobEventData(job)) {
    throw new PipaiError(
      'BAD_ANSWER',
      `GET ${target} sent an event that is not as this service sends them.`,
      {
        status: 200,
      },
    );
  }
  return { id: message.id, job };
}
