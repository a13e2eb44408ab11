import { describe, expect, it } from 'vitest';
import { PipaiClient } from '../../src/client/index.ts';
import { mintKey } from '../support/client.ts';
import { clientOf } from './support.ts';

/** How requests are signed, and where they go. The signatures below were computed with openssl and with Python's hmac. */

const KEY = { apiKey: 'pk_1_someone_0123', apiSecret: 'a secret of ünicode' };

/** A client that sends its one request nowhere, and that request. */
function captured(url = 'https://pipai.example') {
  const sent: Request[] = [];
  const client = new PipaiClient({
    ...KEY,
    url,
    now: () => 1_772_000_000_000,
    maxRetries: 0,
    fetch: (request) => {
      sent.push(request);
      return Promise.reject(new TypeError('nowhere'));
    },
  });
  async function sending(call: (client: PipaiClient) => Promise<unknown>): Promise<Request> {
    await call(client).catch(() => undefined);
    const [request] = sent;
    if (request === undefined) throw new Error('Nothing was sent.');
    return request;
  }
  return { sending };
}

describe('a request', () => {
  it('with a body is signed over timestamp, method, target and body', async () => {
    const request = await captured().sending((client) =>
      client.cancel('bt_0123456789', { reason: 'zu spät 🧨', idempotencyKey: 'k' }),
    );
    expect(request.url).toBe('https://pipai.example/v1/backtest/jobs/bt_0123456789/cancel');
    expect(request.redirect).toBe('manual');
    expect(Object.fromEntries(request.headers)).toEqual({
      'content-type': 'application/json',
      'idempotency-key': 'k',
      'x-pipai-api-key': KEY.apiKey,
      'x-pipai-timestamp': '1772000000000',
      'x-pipai-signature': '3a6baa539640df15595335362d88232297d9158a880fe03aab3ec7ec7efa2460',
    });
    expect(await request.text()).toBe('{"reason":"zu spät 🧨"}');
  });

  it('with a query is signed with it, and has no more headers than it needs', async () => {
    const request = await captured().sending((client) =>
      client.list({ status: 'queued', from: '2025-01-01T00:00:00Z' }).next(),
    );
    expect(Object.fromEntries(request.headers)).toEqual({
      'x-pipai-api-key': KEY.apiKey,
      'x-pipai-timestamp': '1772000000000',
      'x-pipai-signature': 'a89ab69867b75e58203d1e9138889f747ed8ab7029e5d546d332c38ebd71083e',
    });
  });

  it.each(['https://pipai.example/gate/way', 'https://pipai.example/gate/way/'])(
    'to %s is signed as the service sees it behind the proxy',
    async (url) => {
      const request = await captured(url).sending((client) =>
        client.list({ status: 'queued', from: '2025-01-01T00:00:00Z' }).next(),
      );
      expect(new URL(request.url).pathname).toBe('/gate/way/v1/backtest/jobs');
      expect(request.headers.get('X-PipAI-Signature')).toBe(
        'a89ab69867b75e58203d1e9138889f747ed8ab7029e5d546d332c38ebd71083e',
      );
    },
  );

  it('is taken by the service behind such a proxy', async () => {
    const { client } = clientOf(
      await mintKey(),
      [async (request, service) => await service(new Request(request.url.replace('/gate/way', ''), request))],
      { url: 'https://pipai.test/gate/way/' },
    );
    expect(await client.candles()).toEqual([]);
  });
});

describe('the options', () => {
  it.each([
    'pipai.example',
    '',
    'ftp://pipai.example',
    'https://pipai.example/?a=b',
    'https://pipai.example/#a',
    'https://me:hunter2@pipai.example/',
  ])('refuse the url "%s", without repeating it', (url) => {
    const refused = new TypeError('url must be like https://pipai.example, without a query or a user.');
    expect(() => new PipaiClient({ ...KEY, url })).toThrow(refused);
  });

  it('refuse half a key', () => {
    const url = 'https://pipai.example';
    expect(() => new PipaiClient({ url, apiKey: '', apiSecret: 'x' })).toThrow(
      'apiKey and apiSecret are both needed.',
    );
    expect(() => new PipaiClient({ url, apiKey: 'x', apiSecret: '' })).toThrow(TypeError);
  });
});
