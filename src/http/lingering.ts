import { createMiddleware } from 'hono/factory';
import { DUMP_LIMIT } from '../schemas/dump.ts';
import type { LeavingEnv } from './context.ts';

/** So much of a refused body is taken and thrown away: twice the longest that any route reads. */
export const LINGER_BYTES = 2 * DUMP_LIMIT;
/** So long is waited for the end of a refused body. */
const LINGER_MS = 5000;
/** So much of it is taken at a time, since each time costs. */
const PIECE_BYTES = 64 * 1024;

/**
 * Answers at once whoever sends a body that nobody read whole, and then takes the rest and throws it away, within
 * {@link LINGER_BYTES} and {@link LINGER_MS}; the answer ends with that. If it ended before, so would the connection, and a client
 * that is still sending could be cut off before it has read why: the runtime's server takes little of what is left
 * (`canceledUploadGraceBytes` of kj's `HttpServerSettings`). Web servers call this a lingering close.
 *
 * The answer is held whole for it, so a route whose answer is long or goes on has its body read before, even where it takes none.
 */
export const lingering = createMiddleware<LeavingEnv>(async function lingering(c, next) {
  await next();
  const { method } = c.req.raw;
  const body: ReadableStream<Uint8Array> | null = c.req.raw.body;
  if (body === null || c.get('body') !== undefined) return;
  // Of the answer to a HEAD nobody reads a body.
  if (c.res.body === null || method === 'HEAD') {
    await body.cancel().catch(() => undefined);
    return;
  }
  const answer = new Uint8Array(await c.res.arrayBuffer());
  const { readable, writable } = new IdentityTransformStream();
  c.executionCtx.waitUntil(answerAndDiscard(writable, answer, body));
  c.res = new Response(readable, c.res);
});

async function answerAndDiscard(
  out: WritableStream<Uint8Array>,
  answer: Uint8Array,
  rest: ReadableStream<Uint8Array>,
): Promise<void> {
  const writer = out.getWriter();
  // The reading begins first: the runtime holds an answer back while nobody reads the body. Either fails when the client leaves.
  await Promise.allSettled([discard(rest), writer.write(answer)]);
  await writer.close().catch(() => undefined);
}

async function discard(rest: ReadableStream<Uint8Array>): Promise<void> {
  const reader = rest.getReader({ mode: 'byob' });
  await Promise.race([taken(reader), scheduler.wait(LINGER_MS)]);
  await reader.cancel();
}

/** Resolves when there is no more, or was too much. */
async function taken(reader: ReadableStreamBYOBReader): Promise<void> {
  let piece = new Uint8Array(PIECE_BYTES);
  for (let room = LINGER_BYTES; room > 0; room -= piece.length) {
    const { done, value } = await reader.readAtLeast(PIECE_BYTES, new Uint8Array(piece.buffer));
    if (done) return;
    piece = value;
  }
}
