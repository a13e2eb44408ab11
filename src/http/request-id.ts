import { createMiddleware } from 'hono/factory';
import type { AppEnv } from './context.ts';

const WELL_FORMED = /^[A-Za-z0-9._-]{1,64}$/;

/** Gives every answer an `X-Request-Id`: the client's where it is well-formed, else a new one. */
export const requestId = createMiddleware<AppEnv>(async function requestId(c, next) {
  const given = c.req.header('X-Request-Id') ?? '';
  const id = WELL_FORMED.test(given) ? given : crypto.randomUUID();
  c.set('requestId', id);
  await next();
  c.header('X-Request-Id', id);
});
