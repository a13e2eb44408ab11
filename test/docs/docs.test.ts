import { describe, expect, it } from 'vitest';
import { send } from '../support/client.ts';

const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

function everyMatch(text: string, pattern: RegExp): string[] {
  return Array.from(text.matchAll(pattern), (match) => match[1] ?? '');
}

/** What the page loads: what its tags name, and what those scripts import. */
async function loaded(): Promise<Map<string, Awaited<ReturnType<typeof send>>>> {
  const page = await send('/docs');
  const found = new Map([['/docs', page]]);
  const waiting = everyMatch(page.text, /<(?:script|link rel="stylesheet")[^>]*\s(?:src|href)="([^"]+)"/g);
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (found.has(path)) continue;
    const answer = await send(path);
    found.set(path, answer);
    const imports = everyMatch(answer.text.slice(0, 10_000), /^import\b.* from '([^']+)';$/gm);
    waiting.push(...imports.map((name) => new URL(name, `https://pipai.test${path}`).pathname));
  }
  return found;
}

describe('the reference', () => {
  it('is a page at /docs under a policy that lets it load from this service only', async () => {
    const { status, headers, text } = await send('/docs');
    expect(status).toBe(200);
    expect(headers.get('Content-Type')).toBe('text/html; charset=utf-8');
    expect(headers.get('Content-Security-Policy')).toBe(POLICY);
    expect(headers.get('X-Content-Type-Options')).toBe('nosniff');
    expect(headers.get('Referrer-Policy')).toBe('no-referrer');
    expect(text).toMatch(/^<!doctype html>/);
  });

  it('has nothing inline that the policy would refuse, and names no other host', async () => {
    const { text } = await send('/docs');
    expect(text).not.toMatch(/<script(?![^>]*\ssrc=)/);
    expect(text).not.toMatch(/<style|\sstyle=|\son[a-z]+=|javascript:/i);
    expect(text).not.toMatch(/(src|href)="(https?:)?\/\//);
  });

  it('serves every file it loads, with its type and the same policy', async () => {
    const files = await loaded();
    expect([...files.keys()].sort()).toEqual([
      '/docs',
      '/docs/authenticate.js',
      '/docs/docs.css',
      '/docs/docs.js',
      '/docs/forms.js',
      '/docs/headings.js',
      '/docs/swagger-ui-bundle.js',
      '/docs/swagger-ui.css',
    ]);
    for (const [path, { status, headers }] of files) {
      expect([path, status]).toEqual([path, 200]);
      expect([path, headers.get('Content-Security-Policy')]).toEqual([path, POLICY]);
      const type = path.endsWith('.js')
        ? 'text/javascript'
        : path.endsWith('.css')
          ? 'text/css'
          : 'text/html';
      expect(headers.get('Content-Type')).toBe(`${type}; charset=utf-8`);
    }
  });

  it('carries the whole viewer, with its licences', async () => {
    expect((await send('/docs/swagger-ui-bundle.js')).text).toContain('SwaggerUIBundle');
    const licences = await send('/docs/swagger-ui-bundle.js.LICENSE.txt');
    expect([licences.status, licences.headers.get('Content-Type')]).toEqual([
      200,
      'text/plain; charset=utf-8',
    ]);
    expect(licences.text).toContain('@license');
  });

  it('asks the viewer to show this document, and to ask no validator elsewhere', async () => {
    const { text } = await send('/docs/docs.js');
    expect(text).toContain("fetch('/openapi.json')");
    expect(text).toContain('validatorUrl: null');
  });

  it('is not sent again to whom has it', async () => {
    for (const path of ['/docs', '/docs/docs.js', '/docs/swagger-ui.css']) {
      const etag = (await send(path)).headers.get('ETag') ?? '';
      const again = await send(path, { headers: { 'If-None-Match': etag } });
      expect([path, again.status, again.text]).toEqual([path, 304, '']);
    }
  });

  it.each(['/docs/', '/docs/none.js', '/docs/index.html', '/docs/swagger-ui.js', '/docs/page/docs.js'])(
    'has no %s',
    async (path) => {
      const answer = await send(path);
      expect(answer.status).toBe(404);
      expect(answer.json).toMatchObject({ error: { code: 'NOT_FOUND' } });
    },
  );

  it('can be reached from the console, and leads back', async () => {
    expect((await send('/')).text).toContain('href="/docs"');
    expect((await send('/docs')).text).toContain('href="/"');
  });
});
