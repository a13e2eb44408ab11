import { createMiddleware } from 'hono/factory';
import { ApiError } from '../errors.ts';
import { BODY_LIMIT, jsonOnly, readBody } from './body.ts';
import type { AppEnv } from './context.ts';

/** Hides the administration routes, whatever the method, where no `ADMIN_TOKEN` is configured. */
export const adminRoutes = createMiddleware<AppEnv>(async function adminRoutes(c, next) {
  if ((c.env.ADMIN_TOKEN ?? '') === '') throw new ApiError('NOT_FOUND', 'There is no such route.');
  await next();
});

/** Lets only the administrator through. Runs after {@link adminRoutes}. */
export const adminToken = createMiddleware<AppEnv>(async function adminToken(c, next) {
  const expected = c.env.ADMIN_TOKEN ?? '';
  const given = /^Bearer (.+)$/i.exec(c.req.header('Authorization') ?? '')?.[1] ?? '';
  if (expected === '' || !(await sameText(given, expected))) {
    throw new ApiError(
      'UNAUTHORIZED',
      'Send the administration token as Authorization: Bearer <ADMIN_TOKEN>.',
    );
  }
  await next();
});

/** How an administration route begins. Nothing of a body is read before the token. */
export const administered = [adminToken, readBody(BODY_LIMIT), jsonOnly] as const;

/** Compares in constant time. Digests first: the platform's comparison wants equal lengths, and lengths are secret too. */
async function sameText(a: string, b: string): Promise<boolean> {
  const digest = (text: string) => crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return crypto.subtle.timingSafeEqual(await digest(a), await digest(b));
}
