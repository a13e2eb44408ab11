import { Hono } from 'hono';
import { etag } from 'hono/etag';
import { ApiError } from '../errors.ts';
import type { AppEnv } from './context.ts';
import { methodNotAllowed } from './method-not-allowed.ts';

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

/** A page and what it loads, all of them texts. */
export interface Page {
  /** Where the page is, and the folder its files are in. */
  readonly path: string;
  readonly folder: string;
  readonly html: string;
  /** By file name. */
  readonly files: ReadonlyMap<string, { readonly type: string; readonly text: string }>;
}

/**
 * Serves a page and its files under a policy that lets it load from this service only.
 * They are part of the Worker, not static assets, so that this Worker alone answers 404 and 405.
 */
export function pageRoutes({ path, folder, html, files }: Page): Hono<AppEnv> {
  const routes = new Hono<AppEnv>();
  routes.get(path, etag(), (c) =>
    c.body(html, 200, { ...HEADERS, 'Content-Type': 'text/html; charset=utf-8' }),
  );
  routes.all(path, methodNotAllowed('GET'));
  routes.get(`${folder}/:file`, etag(), (c) => {
    const file = files.get(c.req.param('file'));
    if (file === undefined) throw new ApiError('NOT_FOUND', 'There is no such route.');
    return c.body(file.text, 200, { ...HEADERS, 'Content-Type': file.type });
  });
  routes.all(`${folder}/:file`, methodNotAllowed('GET'));
  return routes;
}
