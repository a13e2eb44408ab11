import { Hono, type Context } from 'hono';
import { streamSSE } from 'hono/streaming';
import type { AppEnv } from '../http/context.ts';
import { check } from '../http/input.ts';
import { methodNotAllowed } from '../http/method-not-allowed.ts';
import { jobObject } from '../http/objects.ts';
import { signed } from '../http/signed.ts';
import { lastEventId, writeEvents, type StreamTimes } from '../live/event-stream.ts';
import { watchJob } from '../live/watch-job.ts';
import { retrying } from '../rpc.ts';
import { jobRefused } from './job-refusal.ts';

/** Compressing proxies hold events back until a block is full, hence `no-transform`. */
const CACHE_CONTROL = 'no-store, no-transform';

/** The event stream of a job. */
export function eventRoutes(times: StreamTimes): Hono<AppEnv> {
  const events = new Hono<AppEnv>();

  events.get('/:id/events', ...signed({ permission: 'read', weight: 5 }), async (c) => {
    const known = check(lastEventId, c.req.header('Last-Event-ID') ?? '', ['Last-Event-ID']);
    const id = c.req.param('id');
    return c.req.method === 'HEAD' ? await onlyHead(c, id) : await stream(c, id, known, times);
  });

  events.all('/:id/events', methodNotAllowed('GET'));

  return events;
}

async function stream(
  c: Context<AppEnv>,
  id: string,
  known: number | null,
  times: StreamTimes,
): Promise<Response> {
  const watch = await watchJob(c, id);
  const answer = streamSSE(c, (out) => writeEvents(out, watch, known, times));
  answer.headers.set('Cache-Control', CACHE_CONTROL);
  // These are the connection's own business, and HTTP/2 forbids them.
  answer.headers.delete('Connection');
  answer.headers.delete('Transfer-Encoding');
  return answer;
}

/** What GET would answer at once, with nothing opened that nobody would read. */
async function onlyHead(c: Context<AppEnv>, id: string): Promise<Response> {
  const job = await retrying(async () => await jobObject(c, id).snapshot(c.get('apiKey').accountId));
  if (!job.ok) throw jobRefused(job);
  return c.body(null, 200, { 'Content-Type': 'text/event-stream', 'Cache-Control': CACHE_CONTROL });
}
