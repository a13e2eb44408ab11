import type { SSEStreamingApi } from 'hono/streaming';
import * as z from 'zod';
import { renderJobEvent } from '../http/render.ts';
import { Pacer } from './pacer.ts';
import type { JobWatch } from './watch.ts';

/** How an event stream passes its time, in milliseconds. */
export interface StreamTimes {
  /** Progress comes no faster than this: four times a second. */
  readonly gapMs: number;
  /** A comment after this much silence, sooner than proxies take a stream for dead. */
  readonly keepAliveMs: number;
  /** The stream's end, job final or not: whoever goes on listening is authenticated anew. */
  readonly longestMs: number;
}

/** The times of the service. */
export const STREAM_TIMES: StreamTimes = { gapMs: 250, keepAliveMs: 15_000, longestMs: 3_600_000 };

/** After how many milliseconds a client is to come back when its stream ends. */
const RETRY_MS = 2000;

/** A `Last-Event-ID`; an empty one counts as none, which is null. */
export const lastEventId = z
  .string()
  .regex(/^[0-9]{0,15}$/, 'must be the id of an event, a whole number of at most 15 digits')
  .transform((text) => (text === '' ? null : Number(text)));

/**
 * Writes a watched job's events until its final one, and closes the watch.
 * @param known the id of the last event that the client has; where that is the present one nothing is told until it changes.
 */
export async function writeEvents(
  stream: SSEStreamingApi,
  watch: JobWatch,
  known: number | null,
  times: StreamTimes,
): Promise<void> {
  stream.onAbort(() => {
    watch.close();
  });
  try {
    await stream.write(`retry: ${String(RETRY_MS)}\n\n`);
    await relay(stream, watch, known, times);
  } finally {
    watch.close();
  }
}

async function relay(
  stream: SSEStreamingApi,
  watch: JobWatch,
  known: number | null,
  times: StreamTimes,
): Promise<void> {
  const pacer = new Pacer(times.gapMs);
  const end = Date.now() + times.longestMs;
  let first = true;
  let silentUntil = Date.now() + times.keepAliveMs;
  for (;;) {
    const now = Date.now();
    const told = pacer.take(now);
    if (told !== null) {
      await stream.writeSSE({ event: 'job', data: renderJobEvent(told.job), id: String(told.revision) });
      silentUntil = now + times.keepAliveMs;
    }
    if (pacer.ended || watch.over || stream.aborted || now >= end) return;
    const moment = await watch.next(Math.min(pacer.dueAt, silentUntil, end) - Date.now());
    if (moment !== null) {
      if (first && moment.revision === known) pacer.skip(moment);
      else pacer.offer(moment);
      first = false;
    } else if (Date.now() >= silentUntil) {
      await stream.write(': still here\n\n');
      silentUntil = Date.now() + times.keepAliveMs;
    }
  }
}
