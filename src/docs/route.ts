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
  // The files change with a deploy: always ask, mostly for a 304.
  'Cache-Control': 'no-cache',
};

/** The browsable reference: the page at `/docs` and its files below `/docs/`, of this Worker like the console's. */
export const docsPage = new Hono<AppEnv>();

docsPage.get('/docs', etag(), (c) =>
  c.body(PAGE, 200, { ...HEADERS, 'Content-Type': 'text/html; charset=utf-8' }),
);

docsPage.all('/docs', methodNotAllowed('GET'));

docsPage.get('/docs/:file', etag(), (c) => {
  const file = FILES.get(c.req.param('file'));
  if (file === undefined) throw new ApiError('NOT_FOUND', 'There is no such route.');
  return c.body(file.text, 200, { ...HEADERS, 'Content-Type': file.type });
});

docsPage.all('/docs/:file', methodNotAllowed('GET'));
