import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, test } from 'vitest';
import { ERROR_STATUS } from '../../src/errors.ts';
import { app } from '../../src/app.ts';
import bash from '../../src/openapi/examples/bash.sh';
import javascript from '../../src/openapi/examples/javascript.mjs';
import python from '../../src/openapi/examples/python.py';
import { guide } from '../../src/openapi/guide.ts';
import { TEST_VECTORS } from '../../src/openapi/signing.ts';
import { API, OPERATIONS } from '../support/api-document.ts';
import { hmac, send, type Answer } from '../support/client.ts';
import { SIGNED_ROUTES } from '../support/signed-routes.ts';

/** Files that the pages load: no part of the API. */
const PAGE_FILES = ['GET /console/{file}', 'GET /docs/{file}'];
/** A method that a path does not take belongs to no operation; the guide tells of it. */
const OF_NO_OPERATION = ['METHOD_NOT_ALLOWED'];

let served: Answer;
beforeAll(async () => {
  served = await send('/openapi.json');
});

describe('/openapi.json', () => {
  test('is the document, version 3.1, for anybody', () => {
    expect(served.status).toBe(200);
    expect(served.headers.get('Content-Type')).toBe('application/json');
    expect(served.json).toMatchObject({ openapi: '3.1.1', info: { title: 'PipAI backtest jobs' } });
  });

  test('is made of the same parts that the tests hold answers to', () => {
    expect(served.json).toMatchObject({ components: { schemas: API.components.schemas } });
  });

  test('is not sent again to whom has it', async () => {
    const etag = served.headers.get('ETag') ?? '';
    expect(etag).not.toBe('');
    const again = await send('/openapi.json', { headers: { 'If-None-Match': etag } });
    expect([again.status, again.text]).toEqual([304, '']);
    const other = await send('/openapi.json', { headers: { 'If-None-Match': '"other"' } });
    expect(other.status).toBe(200);
  });
});

describe('the document', () => {
  test('has every route of the service, and no other', () => {
    const routes = app.routes
      .filter(({ method }) => method !== 'ALL')
      .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`);
    const documented = OPERATIONS.map(({ method, path }) => `${method} ${path}`);
    expect([...new Set(routes)].sort()).toEqual([...documented, ...PAGE_FILES].sort());
  });

  test('says of every signed route what permission it takes', () => {
    const signed = OPERATIONS.filter(({ security }) => 'signature' in (security[0] ?? {}));
    const told = signed.map((each) => [each.method, each.path, each['x-pipai-permission']]);
    const known = SIGNED_ROUTES.map(({ method, target, permission }) => [method, target('{id}'), permission]);
    expect(told.sort()).toEqual(known.sort());
  });

  test('asks of signed routes all three headers, of administration the token, of others nothing', () => {
    for (const { path, security } of OPERATIONS) {
      const expected = path.startsWith('/v1/admin/')
        ? [{ adminToken: [] }]
        : path.startsWith('/v1/')
          ? [{ apiKey: [], timestamp: [], signature: [] }]
          : [];
      expect([path, security]).toEqual([path, expected]);
    }
  });

  test('documents every error code somewhere, at its own status, and in the guide', () => {
    const documented = new Set(OF_NO_OPERATION);
    for (const { responses } of OPERATIONS) {
      for (const [status, { content }] of Object.entries(responses).filter(([status]) => status >= '400')) {
        const text = JSON.stringify(content['application/json']?.schema);
        for (const [code, own] of Object.entries(ERROR_STATUS)) {
          if (!text.includes(`"${code}"`)) continue;
          expect([code, status]).toEqual([code, String(own)]);
          documented.add(code);
        }
      }
    }
    expect([...documented].sort()).toEqual(Object.keys(ERROR_STATUS).sort());
    for (const code of Object.keys(ERROR_STATUS)) expect(API.info.description).toContain(`\`${code}\` |`);
  });

  test('tells of every route below /v1 what it refuses', () => {
    for (const { path, responses, requestBody } of OPERATIONS.filter(({ path }) => path.startsWith('/v1/'))) {
      const expected = ['401', '413', '500', '503', ...(requestBody === undefined ? [] : ['400'])];
      expect(Object.keys(responses), path).toEqual(expect.arrayContaining(expected));
      const isDump = 'text/csv' in (requestBody?.content ?? {});
      expect('415' in responses, path).toBe(!isDump);
    }
  });

  test('tells of the budget wherever an admitted request of a limited key is answered, and nowhere else', () => {
    for (const { operationId, responses, ...operation } of OPERATIONS) {
      const isLimited = ['read', 'trade'].includes(operation['x-pipai-permission'] ?? '');
      const early = operationId === 'createJob' ? ['403', '413'] : ['401', '403', '413'];
      const expected = isLimited ? Object.keys(responses).filter((status) => !early.includes(status)) : [];
      for (const name of ['X-PipAI-Used-Weight-1m', 'RateLimit-Policy', 'RateLimit']) {
        const telling = Object.entries(responses).filter(([, { headers }]) => name in headers);
        expect([operationId, name, telling.map(([status]) => status)]).toEqual([operationId, name, expected]);
        for (const [, { headers }] of telling) expect(headers[name]?.required).toBe(false);
      }
    }
  });

  test('tells how long a job is kept, as it is set unless the operator sets otherwise', () => {
    expect(API.info.description).toContain(`kept for ${env.RETENTION_DAYS} days`);
  });

  test('has the example programs as they are in the files', () => {
    for (const program of [bash, python, javascript]) {
      expect(program.length).toBeGreaterThan(500);
      expect(API.info.description).toContain(`\n${program.trimEnd()}\n\`\`\``);
    }
  });

  test('leaves no place of its guide unfilled', () => {
    expect(API.info.description).not.toMatch(/\{\{[a-z]+\}\}/);
    expect(() => guide({ guide: '{{surprise}}', bash, python, javascript })).toThrow(/surprise/);
  });
});

describe('the signing scheme', () => {
  test.each(TEST_VECTORS)('is worked out right for $method $target', async (vector) => {
    const message = vector.timestamp + vector.method + vector.target + vector.body;
    expect(await hmac(vector.secret, message)).toBe(vector.signature);
    for (const value of [vector.secret, message, vector.signature]) {
      expect(API.info.description).toContain(value);
    }
  });

  test('has its vectors in the document for programs as well', () => {
    expect(API.components.securitySchemes.signature).toMatchObject({ 'x-pipai-test-vectors': TEST_VECTORS });
  });
});
