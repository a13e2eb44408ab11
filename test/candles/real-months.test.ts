import { gzipSync, zipSync } from 'fflate';
import { describe, expect, inject, it } from 'vitest';
import { z } from 'zod';
import { call, mintKey, send } from '../support/client.ts';
import { env } from 'cloudflare:workers';

/** Dumps as the exchange publishes them, where they lie beside the checkout. */

const months = inject('realMonths').flatMap(([name, csv]) => (csv === null ? [] : [{ name, csv }]));
const NONE = months.length === 0;
const TITLE = NONE ? 'real months (skipped: shared/data is not beside the checkout)' : 'real months';

const FORMS: [form: string, pack: (name: string, csv: string) => Uint8Array][] = [
  ['plain', (_, csv) => new TextEncoder().encode(csv)],
  ['gzip', (_, csv) => gzipSync(new TextEncoder().encode(csv))],
  ['the original ZIP', (name, csv) => zipSync({ [`${name}.csv`]: new TextEncoder().encode(csv) })],
];

const listing = z.object({ data: z.array(z.object({ symbol: z.string() }).loose()) });

async function put(symbol: string, body: Uint8Array) {
  return await send(`/v1/admin/candles/${symbol}/1h`, {
    method: 'PUT',
    headers: { Authorization: `Bearer ${env.ADMIN_TOKEN ?? ''}` },
    body,
  });
}

describe.skipIf(NONE)(TITLE, () => {
  it.each(FORMS)('of both clocks join without a gap, as %s', async (form, pack) => {
    const who = await mintKey(['read']);
    for (const coin of ['BTC', 'ETH']) {
      const symbol = `${coin}${form.replace(/\W/g, '').toUpperCase().slice(0, 8)}`;
      for (const { name, csv } of months.filter((month) => month.name.startsWith(coin))) {
        const answer = await put(symbol, pack(name, csv));
        expect(answer.json).toMatchObject({ symbol, bars: 744, missing: 0 });
      }
      const { data } = listing.parse((await call(who, 'GET', '/v1/candles')).json);
      expect(data.filter((one) => one.symbol === symbol)).toEqual([
        {
          symbol,
          timeframe: '1h',
          from: '2024-12-01T00:00:00Z',
          to: '2025-01-31T23:00:00Z',
          bars: 1488,
          missing: 0,
          source: 'stored',
        },
      ]);
    }
  });

  it('with a line in the middle damaged are refused with its number, and nothing of them is stored', async () => {
    const [month] = months;
    const lines = (month?.csv ?? '').split('\n');
    lines[399] = (lines[399] ?? '').replace(',', ',x');
    const answer = await put('DAMAGED', new TextEncoder().encode(lines.join('\n')));
    expect(answer.status).toBe(400);
    expect(answer.text).toContain('Line 400');
    const { data } = listing.parse((await call(await mintKey(['read']), 'GET', '/v1/candles')).json);
    expect(data.filter(({ symbol }) => symbol === 'DAMAGED')).toEqual([]);
  });
});
