import { describe, expect, it } from 'vitest';
import { send } from '../support/client.ts';

const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

function everyMatch(text: string, pattern: RegExp): string[] {
  return Array.from(text.matchAll(pattern), (match) => match[1] ?? '');
}

/** The page and everything it loads, by path: what its tags name and what those scripts import. */
async function loadAll() {
  const page = await send('/');
  const found = new Map([['/', page]]);
  const waiting = everyMatch(page.text, /<(?:script|link rel="stylesheet")[^>]*\s(?:src|href)="([^"]+)"/g);
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (found.has(path)) continue;
    const answer = await send(path);
    found.set(path, answer);
    if (!path.endsWith('.js')) continue;
    const imports = everyMatch(answer.text, /^(?:import\b.*|\}) from '([^']+)';$/gm);
    waiting.push(...imports.map((name) => new URL(name, `https://pipai.test${path}`).pathname));
  }
  return found;
}

describe('the console', () => {
  it('is a page at / under a strict policy', async () => {
    const { status, headers, text } = await send('/');
    expect(status).toBe(200);
    expect(headers.get('Content-Type')).toBe('text/html; charset=utf-8');
    expect(headers.get('Content-Security-Policy')).toBe(POLICY);
    expect(headers.get('X-Content-Type-Options')).toBe('nosniff');
    expect(headers.get('Referrer-Policy')).toBe('no-referrer');
    expect(headers.get('X-Request-Id')).not.toBeNull();
    expect(text).toMatch(/^<!doctype html>/);
  });

  it('has nothing inline that the policy would refuse', async () => {
    const { text } = await send('/');
    expect(text).not.toMatch(/<script(?![^>]*\ssrc=)/);
    expect(text).not.toMatch(/<style|\sstyle=|\son[a-z]+=|javascript:/i);
  });

  it('serves every file it loads, with its type and the same policy', async () => {
    const files = await loadAll();
    const kinds = new Set<string>();
    for (const [path, { status, headers, text }] of files) {
      expect(status, path).toBe(200);
      expect(text.length, path).toBeGreaterThan(0);
      expect(headers.get('Content-Security-Policy'), path).toBe(POLICY);
      expect(headers.get('X-Content-Type-Options'), path).toBe('nosniff');
      const kind = /\.(js|css)$/.exec(path)?.[1] ?? 'html';
      const type = { js: 'text/javascript', css: 'text/css', html: 'text/html' }[kind];
      expect(headers.get('Content-Type'), path).toBe(`${type ?? ''}; charset=utf-8`);
      kinds.add(kind);
    }
    expect(kinds).toEqual(new Set(['html', 'css', 'js']));
    expect(files.size).toBeGreaterThan(10);
  });

  it('refers to no other host, and parses no markup at run time', async () => {
    for (const [path, { text }] of await loadAll()) {
      // The name of a namespace is no address.
      const rest = text.replaceAll('http://www.w3.org/2000/svg', '');
      expect(rest, path).not.toMatch(/https?:\/\/|["'(]\/\/|@import\s+["'u]/);
      expect(rest, path).not.toMatch(
        /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|localStorage/,
      );
    }
  });

  it('answers 304 to a browser that has the file already', async () => {
    const etag = (await send('/console/main.js')).headers.get('ETag') ?? '';
    expect(etag).not.toBe('');
    const again = await send('/console/main.js', { headers: { 'If-None-Match': etag } });
    expect(again.status).toBe(304);
    expect(again.text).toBe('');
  });

  it('answers HEAD without a body', async () => {
    const answer = await send('/', { method: 'HEAD' });
    expect(answer.status).toBe(200);
    expect(answer.text).toBe('');
    expect(answer.headers.get('Content-Security-Policy')).toBe(POLICY);
  });

  it.each(['/', '/console/main.js'])('takes no other method at %s', async (path) => {
    const answer = await send(path, { method: 'POST', body: 'x' });
    expect(answer.status).toBe(405);
    expect(answer.headers.get('Allow')).toBe('GET, HEAD');
    expect(answer.json).toMatchObject({ error: { code: 'METHOD_NOT_ALLOWED' } });
  });

  it.each(['/nope', '/console', '/console/nope.js', '/console/index.html', '/index.html'])(
    'leaves %s to the 404 of the API',
    async (path) => {
      const answer = await send(path);
      expect(answer.status).toBe(404);
      expect(answer.json).toMatchObject({ error: { code: 'NOT_FOUND' } });
    },
  );
});
