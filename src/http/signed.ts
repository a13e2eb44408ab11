import type { Context } from 'hono';
import { createMiddleware } from 'hono/factory';
import { endTime, startTime } from 'hono/timing';
import type { BudgetState } from '../account/budget.ts';
import type { AdmissionRefusal } from '../account/calls.ts';
import { readMasterKeys } from '../auth/master-keys.ts';
import { verifySignature, type Verification } from '../auth/signature.ts';
import { ApiError } from '../errors.ts';
import { log, whatFailed } from '../observe/log.ts';
import { retrying } from '../rpc.ts';
import type { Permission } from '../schemas/admin.ts';
import { toInstant } from '../schemas/primitives.ts';
import { BODY_LIMIT, jsonOnly, readBody } from './body.ts';
import type { AppEnv } from './context.ts';
import { accountObject } from './objects.ts';

/** An answer that was held for so long does not tell the budget as it was at its admission. */
const STALE_MS = 1000;

/** What a signed route asks for. */
export interface Terms {
  readonly permission: Permission;
  readonly weight: number;
  /** May draw on the reserve for cancels. */
  readonly reserve?: boolean;
  /** May change the job that its path names. */
  readonly changes?: boolean;
  /** In bytes, where it is not {@link BODY_LIMIT}. */
  readonly bodyLimit?: number;
}

/** How a signed route begins. The body is read first, since it is signed, and judged last. */
export function signed(terms: Terms) {
  return [readBody(terms.bodyLimit ?? BODY_LIMIT), admitted(terms), jsonOnly] as const;
}

/**
 * Lets only authentic requests through that their account admits.
 * Until the signature is proven nothing outside this Worker is asked.
 */
function admitted(terms: Terms) {
  return createMiddleware<AppEnv>(async function admitted(c, next) {
    startTime(c, 'auth');
    const proven = await prove(c);
    c.set('apiKey', proven.key);
    c.set('signature', proven.signature);
    const account = accountObject(c, proven.key.accountId);
    const touches = terms.changes === true ? (c.req.param('id') ?? null) : null;
    const admission = await account.admit({
      apiKey: proven.key.text,
      permission: terms.permission,
      weight: terms.weight,
      reserve: terms.reserve ?? false,
      touches,
    });
    endTime(c, 'auth');
    if (!admission.ok) throw notAdmitted(admission, terms);
    const { budget, touched } = admission.value;
    const admittedAt = Date.now();
    await next();
    // Of a failure nobody knows what came before it.
    const isRefused = c.res.status >= 400 && c.res.status < 500;
    if (touched && isRefused && touches !== null) await untouch(c, touches);
    if (budget === null) return;
    const wasHeld = Date.now() - admittedAt >= STALE_MS;
    const present = wasHeld ? await presentBudget(c, budget) : budget;
    for (const [name, value] of Object.entries(budgetHeaders(present))) c.header(name, value);
  });
}

/** Has the account forget that the request may have changed a job. Where that fails, lists ask the job once too often. */
async function untouch(c: Context<AppEnv>, jobId: string): Promise<void> {
  const { accountId } = c.get('apiKey');
  try {
    await accountObject(c, accountId).untouch(jobId);
  } catch (error) {
    log('warn', 'not_untouched', { job_id: jobId, account: accountId, ...whatFailed(error) });
  }
}

/** The budget as it is now; as it was where the account cannot say, since the request itself is done. */
async function presentBudget(c: Context<AppEnv>, before: BudgetState): Promise<BudgetState> {
  const { accountId } = c.get('apiKey');
  try {
    return await retrying(async () => await accountObject(c, accountId).budget());
  } catch (error) {
    log('warn', 'budget_unknown', { account: accountId, ...whatFailed(error) });
    return before;
  }
}

async function prove(c: Context<AppEnv>): Promise<Extract<Verification, { ok: true }>> {
  const now = Date.now();
  const verification = await verifySignature(
    {
      apiKey: c.req.header('X-PipAI-API-Key') ?? null,
      timestamp: c.req.header('X-PipAI-Timestamp') ?? null,
      signature: c.req.header('X-PipAI-Signature') ?? null,
      method: c.req.method,
      target: targetOf(c.req.raw.url),
      body: c.get('body'),
    },
    readMasterKeys(c.env),
    now,
    c.get('settings').SIGNATURE_WINDOW_MS,
  );
  if (verification.ok) return verification;
  if (verification.code === 'UNAUTHORIZED') throw unauthorized();
  throw new ApiError(
    'TIMESTAMP_OUT_OF_WINDOW',
    `X-PipAI-Timestamp is too far from the server's time, which is ${String(now)} (${toInstant(now)}).`,
  );
}

/** The path and query of a URL as they stand in it, with nothing decoded. */
function targetOf(url: string): string {
  return url.slice(url.indexOf('/', url.indexOf('//') + 2));
}

/** One answer for every reason, so that nobody learns which part was wrong. */
function unauthorized(): ApiError {
  return new ApiError('UNAUTHORIZED', 'The request is not signed by an API key that stands.');
}

function notAdmitted(refusal: AdmissionRefusal, terms: Terms): ApiError {
  switch (refusal.code) {
    case 'UNAUTHORIZED':
      return unauthorized();
    case 'FORBIDDEN':
      return new ApiError('FORBIDDEN', `This API key lacks the permission "${terms.permission}".`);
    case 'RATE_LIMITED': {
      const { limit, resetSeconds } = refusal.budget;
      const message = `The budget of ${String(limit)} a minute is spent; it is renewed in ${String(resetSeconds)} s.`;
      const headers = { ...budgetHeaders(refusal.budget), 'Retry-After': String(resetSeconds) };
      return new ApiError('RATE_LIMITED', message, { headers });
    }
  }
}

/** The IETF fields of draft-ietf-httpapi-ratelimit-headers, and the used weight as exchanges report it. */
function budgetHeaders(budget: BudgetState): Record<string, string> {
  return {
    'X-PipAI-Used-Weight-1m': String(budget.used),
    'RateLimit-Policy': `"weight";q=${String(budget.limit)};w=60`,
    RateLimit: `"weight";r=${String(budget.remaining)};t=${String(budget.resetSeconds)}`,
  };
}
