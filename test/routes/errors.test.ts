import { env, exports } from 'cloudflare:workers';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { app } from '../../src/app.ts';
import { call, mintKey, send, signedInit } from '../support/client.ts';
import { ALL } from '../support/forgeries.ts';
import { createJob, startJob } from '../support/jobs.ts';
import { ANY_TEXT, codeOf, textWith } from '../support/matchers.ts';
import { SIGNED_ROUTES } from '../support/signed-routes.ts';

const KIB = 1024;
const JOB = `bt_${'0'.repeat(43)}`;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const admin = { Authorization: `Bearer ${env.ADMIN_TOKEN ?? ''}` };

/** What stands for the places of a path, or for a whole one that takes only what there is. */
const PLACES: Record<string, string> = {
  '/console/:file': '/console/main.js',
  '/docs/:file': '/docs/docs.js',
  ':id': JOB,
  ':api_key': 'some',
  ':account_id': 'some',
  ':symbol': 'BTCUSDT',
  ':timeframe': '1h',
};

/** Every path of the service, with the methods it takes. */
const PATHS = Object.entries(
  Object.groupBy(
    app.routes.filter(({ method }) => method !== 'ALL'),
    ({ path }) => path,
  ),
).map(([path, routes = []]): [string, string[]] => {
  const methods = new Set(routes.flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method])));
  return [PLACES[path] ?? path.replaceAll(/:\w+/g, (place) => PLACES[place] ?? place), [...methods].sort()];
});
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

afterEach(() => {
  vi.restoreAllMocks();
});

test('answers the health check', async () => {
  const answer = await send('/healthz');
  expect([answer.status, answer.text]).toEqual([200, '{"status":"ok"}']);
});

describe('not found', () => {
  test.each([
    '/v1',
    '/v1/backtest',
    '/v1/backtest/job',
    '/v1/backtest/jobs/',
    `/v1/backtest/jobs/${JOB}/`,
    `/v1/backtest/jobs/${JOB}/restart`,
    `/v1/worker/jobs/${JOB}`,
    `/v1/worker/jobs/${JOB}/pause`,
    '/v1/admin',
    '/v1/admin/accounts',
    '/v1/admin/candles/BTCUSDT',
    '/v2/backtest/jobs',
    '/V1/backtest/jobs',
    '/healthz/',
  ])('is %s, for every method', async (path) => {
    for (const method of METHODS.filter((name) => name !== 'HEAD')) {
      const answer = await send(path, { method });
      expect([method, answer.status]).toEqual([method, 404]);
      expect(answer.json).toEqual({
        error: {
          code: 'NOT_FOUND',
          message: 'There is no such route.',
          request_id: answer.headers.get('X-Request-Id'),
        },
      });
    }
  });
});

describe('a method that is not possible', () => {
  test.each(PATHS)('is refused at %s with what is possible, unsigned too', async (path, allowed) => {
    for (const method of METHODS.filter((name) => !allowed.includes(name))) {
      const answer = await exports.default.fetch(`https://pipai.test${path}`, { method });
      expect([method, answer.status]).toEqual([method, 405]);
      expect(answer.headers.get('Allow')?.split(', ').sort()).toEqual(allowed);
      const text = await answer.text();
      if (method === 'HEAD') continue;
      expect(JSON.parse(text)).toEqual({
        error: {
          code: 'METHOD_NOT_ALLOWED',
          message: ANY_TEXT,
          request_id: answer.headers.get('X-Request-Id'),
        },
      });
    }
  });

  test.each(PATHS)('is none that %s takes', async (path, allowed) => {
    for (const method of allowed) {
      const answer = await exports.default.fetch(`https://pipai.test${path}`, { method });
      await answer.body?.cancel();
      expect([200, 401]).toContain(answer.status);
    }
  });
});

test.each([
  ['POST', '/v1/admin/keys'],
  ['DELETE', '/v1/admin/keys/some'],
  ['POST', '/v1/admin/keys/some/rotate'],
  ['PUT', '/v1/admin/accounts/some'],
])(
  'a body that is not declared as JSON is refused by %s %s, but to whom has the token',
  async (method, target) => {
    const init = { method, body: '{}', headers: { 'Content-Type': 'text/plain' } };
    const answer = await send(target, { ...init, headers: { ...admin, ...init.headers } });
    expect([answer.status, codeOf(answer)]).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
    expect((await send(target, init)).status).toBe(401);
  },
);

describe.each(SIGNED_ROUTES.filter(({ method }) => method === 'POST'))('the body of $name', (route) => {
  async function prepared() {
    const who = await mintKey(ALL);
    const job = await createJob(who);
    const lease = route.running ? (await startJob(who, job.id)).lease : '';
    const target = route.target(job.id);
    return { who, target, body: JSON.stringify(route.body(lease) ?? {}) };
  }

  test.each(['text/plain', 'text/json', 'application/jsonp', 'application/x-www-form-urlencoded', ''])(
    'is refused as "%s"',
    async (type) => {
      const { who, target, body } = await prepared();
      const answer = await call(who, 'POST', target, body, { headers: { 'Content-Type': type } });
      expect(answer.status).toBe(415);
      expect(answer.json).toEqual({
        error: {
          code: 'UNSUPPORTED_MEDIA_TYPE',
          message: ANY_TEXT,
          request_id: answer.headers.get('X-Request-Id'),
        },
      });
    },
  );

  test('is refused without any type', async () => {
    const { who, target, body } = await prepared();
    const init = await signedInit(who, 'POST', target, body);
    const headers = new Headers(init.headers);
    headers.delete('Content-Type');
    const answer = await send(target, { ...init, headers, body: new TextEncoder().encode(body) });
    expect(answer.status).toBe(415);
  });

  test.each(['application/json; charset=utf-8', 'Application/JSON', 'application/json ;charset=utf-8'])(
    'is taken as %s',
    async (type) => {
      const { who, target, body } = await prepared();
      const answer = await call(who, 'POST', target, body, { headers: { 'Content-Type': type } });
      expect(answer.status).toBe(route.status);
    },
  );

  test.each(['{', '{"a":1,}', "{'a':1}", 'nonsense', ' ', '\uFEFF{}', '{"a":NaN}'])(
    'is refused as malformed JSON: %s',
    async (text) => {
      const { who, target } = await prepared();
      const answer = await call(who, 'POST', target, text);
      expect(answer.status).toBe(400);
      expect(answer.json).toEqual({
        error: {
          code: 'INVALID_PARAMETER',
          message: ANY_TEXT,
          details: [{ path: '', message: ANY_TEXT }],
          request_id: answer.headers.get('X-Request-Id'),
        },
      });
    },
  );

  test.each([
    ['FF', [0xff]],
    ['C3 28', [0xc3, 0x28]],
    ['ED A0 80', [0xed, 0xa0, 0x80]],
  ])('is refused as no UTF-8: %s', async (_, bytes) => {
    const { who, target } = await prepared();
    const text = (part: string) => new TextEncoder().encode(part);
    const body = Uint8Array.from([...text('{"surprise":"'), ...bytes, ...text('"}')]);
    const answer = await call(who, 'POST', target, body);
    expect(answer.status).toBe(400);
    expect(answer.json).toMatchObject({
      error: { code: 'INVALID_PARAMETER', details: [{ path: '', message: textWith('UTF-8') }] },
    });
  });

  test.each(['null', '[]', '"text"', '1', 'true'])(
    'is refused as JSON that is no object: %s',
    async (text) => {
      const { who, target } = await prepared();
      const answer = await call(who, 'POST', target, text);
      expect(answer.status).toBe(400);
      expect(answer.json).toMatchObject({ error: { code: 'INVALID_PARAMETER', details: [{ path: '' }] } });
    },
  );

  test('is refused with a field nobody knows, which is named', async () => {
    const { who, target, body } = await prepared();
    const text = JSON.stringify({ ...JSON.parse(body), surprise: 1 });
    const answer = await call(who, 'POST', target, text);
    expect(answer.status).toBe(400);
    expect(answer.json).toMatchObject({ error: { details: [{ path: 'surprise' }] } });
  });
});

describe('X-Request-Id', () => {
  const answers: [string, string, RequestInit][] = [
    ['a success', '/healthz', {}],
    ['an unknown route', '/nowhere', {}],
    ['a method that is not possible', '/healthz', { method: 'PUT' }],
    ['an unsigned request', '/v1/backtest/jobs', {}],
    ['a body that is too large', '/v1/backtest/jobs', { method: 'POST', body: new Uint8Array(64 * KIB + 1) }],
    ['a wrong token', '/v1/admin/keys', {}],
    ['input that does not fit', '/v1/admin/keys', { method: 'POST', headers: admin }],
    ['an answer without a body', '/v1/admin/keys/none', { method: 'DELETE', headers: admin }],
  ];

  test.each(answers)('of the client is echoed with %s', async (_, target, init) => {
    for (const id of ['a', 'Trace.1_2-3', 'x'.repeat(64)]) {
      const headers = new Headers(init.headers);
      headers.set('X-Request-Id', id);
      const answer = await send(target, { ...init, headers });
      expect(answer.headers.get('X-Request-Id')).toBe(id);
      if (answer.status >= 400) expect(answer.json).toMatchObject({ error: { request_id: id } });
    }
  });

  test.each(answers)(
    'is made up where the client sends none or a bad one, with %s',
    async (_, target, init) => {
      const seen = new Set<string>();
      for (const id of [null, '', 'x'.repeat(65), 'a b', 'a"b', 'a/b', 'a;b', '<script>']) {
        const headers = new Headers(init.headers);
        if (id !== null) headers.set('X-Request-Id', id);
        const answer = await send(target, { ...init, headers });
        const given = answer.headers.get('X-Request-Id') ?? '';
        expect(given).toMatch(UUID);
        if (answer.status >= 400) expect(answer.json).toMatchObject({ error: { request_id: given } });
        seen.add(given);
      }
      expect(seen.size).toBe(8);
    },
  );
});

describe('a bug of ours', () => {
  test('is told as INTERNAL, without its stack or its message', async () => {
    const log = vi.spyOn(console, 'error').mockReturnValue();
    const { MASTER_KEY: _, ...unconfigured } = env;
    const init = await signedInit(await mintKey(), 'GET', '/v1/backtest/jobs');
    const answer = await app.request('/v1/backtest/jobs', init, unconfigured);
    expect(answer.status).toBe(500);
    expect(await answer.json()).toEqual({
      error: {
        code: 'INTERNAL',
        message: 'Something went wrong on our side.',
        request_id: answer.headers.get('X-Request-Id'),
      },
    });
    expect(log).toHaveBeenCalledOnce();
  });
});

test('sends every error as JSON without a stack trace', async () => {
  const who = await mintKey();
  const answers = [
    await send('/nowhere'),
    await send('/healthz', { method: 'PUT' }),
    await send('/v1/backtest/jobs'),
    await call(who, 'GET', '/v1/backtest/jobs?limit=0'),
    await call(who, 'GET', `/v1/backtest/jobs/${JOB}`),
    await call(who, 'POST', `/v1/worker/jobs/${JOB}/start`),
    await call(who, 'POST', '/v1/backtest/jobs', '{'),
    await call(who, 'POST', '/v1/backtest/jobs', 'x', { headers: { 'Content-Type': 'text/plain' } }),
  ];
  expect(answers.map(({ status }) => status)).toEqual([404, 405, 401, 400, 404, 403, 400, 415]);
  for (const { headers, text } of answers) {
    expect(headers.get('Content-Type')).toBe('application/json');
    expect(text).not.toMatch(/\bat .*:\d+|\.ts\b|node_modules/);
  }
});
