import { createMiddleware } from 'hono/factory';
import { joined } from '../bytes.ts';
import { ApiError } from '../errors.ts';
import type { AppEnv } from './context.ts';

/** What a body may weigh unless its route says otherwise. */
export const BODY_LIMIT = 64 * 1024;

/** Reads the body, refusing one over `limit` bytes before it is read whole. */
export function readBody(limit: number) {
  return createMiddleware<AppEnv>(async function readBody(c, next) {
    const declared = Number(c.req.header('Content-Length') ?? '0');
    if (declared > limit) throw tooLarge(limit);
    c.set('body', await collect(c.req.raw.body, limit));
    await next();
  });
}

/** Refuses a body that is not declared as JSON. Runs after {@link readBody}, and once it is known who asks. */
export const jsonOnly = createMiddleware<AppEnv>(async function jsonOnly(c, next) {
  const isJson = /^application\/json\s*(;|$)/i.test(c.req.header('Content-Type') ?? '');
  if (c.get('body').length > 0 && !isJson) {
    throw new ApiError('UNSUPPORTED_MEDIA_TYPE', 'Send the body as Content-Type: application/json.');
  }
  await next();
});

async function collect(
  stream: ReadableStream<Uint8Array> | null,
  limit: number,
): Promise<Uint8Array<ArrayBuffer>> {
  if (stream === null) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let length = 0;
  // What is left where this ends early is the lingering's to take.
  for await (const chunk of stream.values({ preventCancel: true })) {
    length += chunk.length;
    if (length > limit) throw tooLarge(limit);
    chunks.push(chunk);
  }
  return joined(chunks);
}

function tooLarge(limit: number): ApiError {
  return new ApiError('PAYLOAD_TOO_LARGE', `The body may have at most ${String(limit)} bytes.`);
}
