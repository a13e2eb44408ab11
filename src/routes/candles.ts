import { Hono } from 'hono';
import * as z from 'zod';
import { importCandles, specQuery } from '../candles/import.ts';
import { listCandles } from '../candles/list.ts';
import { ManifestContention } from '../candles/replace.ts';
import { unavailable } from '../errors.ts';
import { adminRoutes, adminToken } from '../http/admin-token.ts';
import { readBody } from '../http/body.ts';
import type { AppEnv } from '../http/context.ts';
import { both, check, checkQuery, invalidParameter } from '../http/input.ts';
import { methodNotAllowed } from '../http/method-not-allowed.ts';
import { signed } from '../http/signed.ts';
import { DUMP_LIMIT } from '../schemas/dump.ts';
import { symbol, timeframe } from '../schemas/primitives.ts';

const place = z.object({ symbol, timeframe });

/** Which candles are stored. */
export const candles = new Hono<AppEnv>();

candles.get('/', ...signed({ permission: 'read', weight: 1 }), async (c) =>
  c.json({ data: await listCandles(c.env.CANDLES) }),
);
candles.all('/', methodNotAllowed('GET'));

/** Loading of candles, by the operator. */
export const candleImport = new Hono<AppEnv>();

candleImport.use(adminRoutes);

candleImport.put('/:symbol/:timeframe', adminToken, readBody(DUMP_LIMIT), async (c) => {
  const [at, spec] = both(
    () => check(place, c.req.param()),
    () => checkQuery(specQuery, c),
  );
  const occasion = { id: crypto.randomUUID(), at: Date.now() };
  const outcome = await loaded(importCandles(c.env.CANDLES, { ...at, spec }, c.get('body'), occasion));
  if (outcome.ok) return c.json(outcome.summary);
  const { line, message } = outcome;
  throw invalidParameter([
    { path: 'body', message: line === null ? message : `Line ${String(line)}: ${message}` },
  ]);
});
candleImport.all('/:symbol/:timeframe', methodNotAllowed('PUT'));

async function loaded<T>(importing: Promise<T>): Promise<T> {
  try {
    return await importing;
  } catch (error) {
    if (!(error instanceof ManifestContention)) throw error;
    throw unavailable('Other imports of these candles are under way.');
  }
}
