import { env, exports } from 'cloudflare:workers';
import { describe, expect, test, vi } from 'vitest';
import { LINGER_BYTES } from '../../src/http/lingering.ts';
import { call, mintKey, send } from '../support/client.ts';
import { createJob, GRID_JOB, listJobs } from '../support/jobs.ts';
import { ANY_TEXT } from '../support/matchers.ts';
import { SIGNED_ROUTES } from '../support/signed-routes.ts';

const KIB = 1024;
const MIB = 1024 * KIB;
const PIECE = 4 * KIB;
const JOB = `bt_${'0'.repeat(43)}`;
const admin = { Authorization: `Bearer ${env.ADMIN_TOKEN ?? ''}` };

const limited = [
  ...SIGNED_ROUTES.filter(({ method }) => method === 'POST').map(({ name, target }) => ({
    name,
    method: 'POST',
    target: target(JOB),
    limit: name === 'complete' ? 8 * MIB : 64 * KIB,
  })),
  { name: 'new key', method: 'POST', target: '/v1/admin/keys', limit: 64 * KIB },
  { name: 'the end of a key', method: 'DELETE', target: '/v1/admin/keys/some', limit: 64 * KIB },
  { name: 'limits', method: 'PUT', target: '/v1/admin/accounts/some', limit: 64 * KIB },
  { name: 'candles', method: 'PUT', target: '/v1/admin/candles/BTCUSDT/1h', limit: 32 * MIB },
];

/** What has become of a body that is being sent. */
interface Sending {
  readonly stream: ReadableStream<Uint8Array>;
  readonly seen: { sent: number; end: 'none yet' | 'all was taken' | 'turned away' };
  /** Lets it go on where it stands still. */
  readonly goOn: () => void;
}

/** A body of no declared length that comes in pieces as they are taken, and stands still once so much of it was sent. */
function sending(bytes: number, standsStillAt = Infinity): Sending {
  const piece = new Uint8Array(PIECE).fill(32);
  const seen: Sending['seen'] = { sent: 0, end: 'none yet' };
  const { promise: mayGoOn, resolve: goOn } = Promise.withResolvers<undefined>();
  const stream = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        if (seen.sent >= standsStillAt) await mayGoOn;
        if (seen.sent >= bytes) {
          seen.end = 'all was taken';
          controller.close();
          return;
        }
        controller.enqueue(piece);
        seen.sent += piece.length;
      },
      cancel() {
        seen.end = 'turned away';
      },
    },
    { highWaterMark: 0 },
  );
  return {
    stream,
    seen,
    goOn: () => {
      goOn(undefined);
    },
  };
}

async function answered(target: string, init: RequestInit): Promise<Response> {
  return await exports.default.fetch(`https://pipai.test${target}`, init);
}

describe('a body that is too large', () => {
  test.each(limited)('is refused by $name, one byte over its limit', async ({ method, target, limit }) => {
    const answer = await send(target, { method, headers: admin, body: new Uint8Array(limit + 1) });
    expect(answer.status).toBe(413);
    expect(answer.json).toEqual({
      error: {
        code: 'PAYLOAD_TOO_LARGE',
        message: ANY_TEXT,
        request_id: answer.headers.get('X-Request-Id'),
      },
    });
  });

  test.each(limited)('is not one of just the limit of $name', async ({ method, target, limit }) => {
    const answer = await send(target, { method, headers: admin, body: new Uint8Array(limit) });
    expect([400, 401, 415]).toContain(answer.status);
  });

  test.each(limited)(
    'is refused by $name before it is there where no length is declared, and then taken',
    async ({ method, target, limit }) => {
      const { stream, seen, goOn } = sending(2 * limit, limit + PIECE);
      const answer = await answered(target, { method, headers: admin, body: stream });
      expect(answer.status).toBe(413);
      expect(seen).toEqual({ sent: limit + PIECE, end: 'none yet' });
      goOn();
      expect(await answer.json()).toMatchObject({ error: { code: 'PAYLOAD_TOO_LARGE' } });
      expect(seen).toEqual({ sent: 2 * limit, end: 'all was taken' });
    },
  );

  test('is refused to whom it is signed by as well, and does nothing', async () => {
    const who = await mintKey();
    const body = JSON.stringify(GRID_JOB).padEnd(64 * KIB + 1);
    expect((await call(who, 'POST', '/v1/backtest/jobs', body)).status).toBe(413);
    expect((await listJobs(who)).data).toEqual([]);
    expect((await call(who, 'POST', '/v1/backtest/jobs', body.slice(0, -1))).status).toBe(201);
  });
});

describe('a body that nobody reads', () => {
  const DUMP = '/v1/admin/candles/BTCUSDT/1h';

  test.each([
    { what: 'no such route', method: 'POST', target: '/v1/nowhere', status: 404 },
    { what: 'no such method', method: 'PUT', target: '/v1/backtest/jobs', status: 405 },
    { what: 'no token', method: 'PUT', target: DUMP, status: 401 },
  ])('is taken once it is answered: $what', async ({ method, target, status }) => {
    const { stream, seen, goOn } = sending(MIB, PIECE);
    const answer = await answered(target, { method, body: stream });
    expect([answer.status, seen.end]).toEqual([status, 'none yet']);
    goOn();
    expect(await answer.json()).toMatchObject({ error: { request_id: answer.headers.get('X-Request-Id') } });
    expect(seen).toEqual({ sent: MIB, end: 'all was taken' });
  });

  test('is turned away when too much of it has come', async () => {
    const { stream, seen } = sending(Infinity);
    const answer = await answered(DUMP, { method: 'PUT', body: stream });
    expect(await answer.json()).toMatchObject({ error: { code: 'UNAUTHORIZED' } });
    await vi.waitFor(() => {
      expect(seen.end).toBe('turned away');
    });
    expect(seen.sent).toBeLessThan(LINGER_BYTES + MIB);
  });

  test('is not waited for any longer when its end does not come', async () => {
    const { stream, seen } = sending(MIB, PIECE);
    const answer = await answered(DUMP, { method: 'PUT', body: stream });
    expect(await answer.json()).toMatchObject({ error: { code: 'UNAUTHORIZED' } });
    expect(seen).toEqual({ sent: PIECE, end: 'none yet' });
  });

  test('does not keep the next request from being heard', async () => {
    const who = await mintKey();
    const job = await createJob(who);
    const { stream, seen, goOn } = sending(MIB, PIECE);
    await answered(DUMP, { method: 'PUT', body: stream });
    expect((await call(who, 'POST', `/v1/backtest/jobs/${job.id}/cancel`)).status).toBe(200);
    expect(seen).toEqual({ sent: PIECE, end: 'none yet' });
    goOn();
  });
});
