import type { Context } from 'hono';
import { createMiddleware } from 'hono/factory';
import { matchedRoutes } from 'hono/route';
import type { LeavingEnv } from '../http/context.ts';
import { log, whatFailed, type Level } from './log.ts';
import { measure } from './metrics.ts';

/** A job's id where the service itself writes one. What a stranger sends in its place never gets into the log. */
const JOB_ID = /\/(bt_[0-9A-Za-z]{43})(?:\/|$)/;

/**
 * One line and one data point a request, whatever came of it. Runs around everything but the request id. A stream counts up to
 * its headers. In production clocks stand still while a Worker computes, so a duration is the time spent waiting.
 */
export const observed = createMiddleware<LeavingEnv>(async function observed(c, next) {
  const began = performance.now();
  await next();
  const durationMs = Math.round((performance.now() - began) * 10) / 10;
  const route = matchedRoutes(c).findLast(({ path }) => !path.endsWith('*'))?.path ?? null;
  const { method } = c.req;
  const { status } = c.res;
  const key = c.get('apiKey') ?? null;
  const outcome = c.get('outcome') ?? 'ok';
  log(levelOf(status), 'request', {
    request_id: c.get('requestId'),
    method,
    route,
    status,
    outcome,
    account: key?.accountId ?? null,
    api_key: key?.text ?? null,
    job_id: jobIdOf(c),
    duration_ms: durationMs,
    ...(status >= 500 ? whatFailed(c.error) : {}),
  });
  const account = key?.accountId ?? null;
  measure(c.env, { kind: 'request', what: route ?? 'none', method, outcome, account, durationMs, status });
});

function levelOf(status: number): Level {
  if (status === 503) return 'warn';
  return status >= 500 ? 'error' : 'info';
}

/** Of the path, or of the job that was created. */
function jobIdOf(c: Context<LeavingEnv>): string | null {
  return JOB_ID.exec(c.res.headers.get('Location') ?? c.req.path)?.[1] ?? null;
}
