import { Hono } from 'hono';
import { etag } from 'hono/etag';
import { ApiError } from '../errors.ts';
import type { AppEnv } from '../http/context.ts';
import { methodNotAllowed } from '../http/method-not-allowed.ts';
import { FILES, PAGE } from './files.ts';

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const HEADERS = {
  'Content-Security-Policy': POLICY,
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  // The files change together with the API they speak to: always ask, mostly for a 304.
  'Cache-Control': 'no-cache',
};

/**
 * The console: the page at `/` and its files below `/console/`.
 * They are part of the Worker, not static assets, so that this Worker alone answers 404 and 405.
 */
export const consolePage = new Hono<AppEnv>();

consolePage.get('/', etag(), (c) =>
  c.body(PAGE, 200, { ...HEADERS, 'Content-Type': 'text/html; charset=utf-8' }),
);

consolePage.all('/', methodNotAllowed('GET'));

consolePage.get('/console/:file', etag(), (c) => {
  const file = FILES.get(c.req.param('file'));
  if (file === undefined) throw new ApiError('NOT_FOUND', 'There is no such route.');
  return c.body(file.text, 200, { ...HEADERS, 'Content-Type': file.type });
});

consolePage.all('/console/:file', methodNotAllowed('GET'));
