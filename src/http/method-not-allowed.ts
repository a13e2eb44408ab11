import { createMiddleware } from 'hono/factory';
import { ApiError } from '../errors.ts';

/** Answers every method of a path that no handler before it took. */
export function methodNotAllowed(...allowed: string[]) {
  const allow = allowed.includes('GET') ? [...allowed, 'HEAD'] : allowed;
  return createMiddleware(function methodNotAllowed(c) {
    const message = `${c.req.method} is not possible here.`;
    throw new ApiError('METHOD_NOT_ALLOWED', message, { headers: { Allow: allow.join(', ') } });
  });
}
