import { PipaiError } from './error.ts';
import { noAnswer, refusal, serverTime } from './failure.ts';
import type { Settings } from './options.ts';
import { isWorthRetrying, waitMs } from './retry.ts';
import { createSigner } from './sign.ts';
import { createDeadline, type Deadline } from './time.ts';
import { parseJson } from './wire.ts';

/** A request that is safe to repeat: a GET, or one with an `Idempotency-Key`. */
export interface Call {
  readonly method: 'GET' | 'POST';
  /** The path with its query string. */
  readonly target: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** How long one attempt may take, in milliseconds, where that is not the client's `timeoutMs`. */
  readonly timeoutMs?: number;
  readonly signal: AbortSignal | undefined;
}

/** An answer of 2xx whose body is still to be read, and the deadline of its attempt, which the reader closes. */
export interface OpenAnswer {
  readonly response: Response;
  readonly deadline: Deadline;
}

/** Signed requests, repeated where that may help. They reject with a {@link PipaiError}, or with the reason of an aborted signal. */
export interface Http {
  /** Sends until there is an answer, and reads it. `is` knows an answer of the service. */
  readonly json: <T>(call: Call, is: (body: unknown) => body is T) => Promise<T>;
  /** Sends until there is an event stream, and leaves the reading to the caller. */
  readonly stream: (call: Call) => Promise<OpenAnswer>;
  /** Waits before another attempt, as long as {@link waitMs} says. */
  readonly pause: (before: number, wishMs: number, signal: AbortSignal | undefined) => Promise<void>;
}

/** Signed requests to the service that `settings` names. */
export function createHttp(settings: Settings): Http {
  const { origin, prefix, apiKey, apiSecret, fetch, timeoutMs, maxRetries, now, random, sleep } = settings;
  const sign = createSigner(apiKey, apiSecret);
  /** How far the service's clock is ahead of ours, as far as we were told. */
  let aheadMs = 0;
  /** The latest timestamp that was signed with this clock. */
  let latest = 0;

  /** Each is later than the one before: equal requests of one millisecond would have one signature, and be taken for one. */
  function timestamp(): number {
    latest = Math.max(latest + 1, Math.round(now() + aheadMs));
    return latest;
  }

  async function pause(before: number, wishMs: number, signal: AbortSignal | undefined): Promise<void> {
    await sleep(waitMs(before, wishMs, random()), signal);
  }

  async function repeat<T>(call: Call, read: (answer: OpenAnswer) => T | Promise<T>): Promise<T> {
    let clockWasSet = false;
    for (let retries = 0; ;) {
      try {
        return await attempt(call, read);
      } catch (error) {
        if (!(error instanceof PipaiError)) throw error;
        if (error.code === 'TIMESTAMP_OUT_OF_WINDOW' && !clockWasSet) {
          clockWasSet = true;
        } else if (isWorthRetrying(error) && retries < maxRetries) {
          await pause(retries++, error.retryAfterMs ?? 0, call.signal);
        } else {
          throw error;
        }
      }
    }
  }

  async function attempt<T>(call: Call, read: (answer: OpenAnswer) => T | Promise<T>): Promise<T> {
    const assumedMs = aheadMs;
    const [url, init] = await prepare(call);
    const deadline = createDeadline(call.timeoutMs ?? timeoutMs, call.signal);
    const { signal } = deadline;
    try {
      const response = await deadline.within(fetch(new Request(url, { ...init, signal })));
      if (response.ok) return await read({ response, deadline });
      const refused = refusal(call, response, parseJson(await deadline.within(response.text())), now());
      // What was signed before the clock was set says nothing against it, and would let it tell a time twice.
      if (refused.code === 'TIMESTAMP_OUT_OF_WINDOW' && aheadMs === assumedMs) {
        aheadMs = serverTime(refused, response) - now() || 0;
        latest = 0;
      }
      throw refused;
    } catch (error) {
      const timedOut = signal.aborted;
      deadline.close();
      if (error instanceof PipaiError) throw error;
      call.signal?.throwIfAborted();
      throw noAnswer(call, error, timedOut);
    }
  }

  async function prepare({ method, target, body = '', headers }: Call): Promise<[URL, RequestInit]> {
    const url = new URL(origin + prefix + target);
    // What is signed is what the URL makes of it, since that is what is sent.
    const seen = (url.pathname + url.search).slice(prefix.length);
    const signature = await sign({ method, target: seen, body }, timestamp());
    const type = body && { 'Content-Type': 'application/json' };
    // `redirect`: a signature is good for one path of one host, so there is nothing to follow.
    return [
      url,
      {
        method,
        headers: new Headers({ ...type, ...headers, ...signature }),
        body: body || null,
        redirect: 'manual',
      },
    ];
  }

  return {
    json: (call, is) =>
      repeat(call, async ({ response, deadline }) => {
        const body = parseJson(await deadline.within(response.text()));
        deadline.close();
        if (!is(body)) throw refusal(call, response, body, now());
        return body;
      }),
    stream: (call) =>
      repeat(call, (answer) => {
        const { response } = answer;
        const isStream = response.headers.get('Content-Type')?.startsWith('text/event-stream');
        if (!isStream) throw refusal(call, response, null, now());
        return answer;
      }),
    pause,
  };
}
