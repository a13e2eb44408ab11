import { Hono } from 'hono';
import { etag } from 'hono/etag';
import type { AppEnv } from '../http/context.ts';
import { methodNotAllowed } from '../http/method-not-allowed.ts';
import { buildDocument } from './document.ts';
import { TEXTS } from './texts.ts';

let made: string | null = null;

/** The document as JSON. Made when it is first asked for, once an isolate: most isolates are never asked. */
function documentText(): string {
  made ??= JSON.stringify(buildDocument(TEXTS));
  return made;
}

/** The API's description for machines. */
export const openApi = new Hono<AppEnv>();

openApi.get('/openapi.json', etag(), (c) =>
  c.body(documentText(), 200, {
    'Content-Type': 'application/json',
    // It changes together with the API: always ask, mostly for a 304.
    'Cache-Control': 'no-cache',
  }),
);

openApi.all('/openapi.json', methodNotAllowed('GET'));
