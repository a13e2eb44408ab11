import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import type { State } from './checkers.ts';

/** What is stored, read past the service. */

type Stub = ReturnType<typeof env.ACCOUNT.get> | ReturnType<typeof env.BACKTEST_JOB.get>;

/** The rows of these objects, by their names, but for some tables; and the keys of both buckets. */
export async function stateOf(
  objects: Readonly<Record<string, Stub>>,
  except: readonly string[],
): Promise<State> {
  const [rows, candles, results] = await Promise.all([
    Promise.all(
      Object.entries(objects).map(async ([name, stub]) => [name, await rowsOf(stub, except)] as const),
    ),
    keysOf(env.CANDLES),
    keysOf(env.RESULTS),
  ]);
  return new Map([...rows, ['candles', candles], ['results', results]]);
}

/** Every row of an object's database as text, the table first. */
async function rowsOf(stub: Stub, except: readonly string[]): Promise<string[]> {
  return await runInDurableObject<DurableObject, string[]>(stub, (_, { storage }) => {
    const tables = storage.sql.exec<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table'");
    return tables
      .toArray()
      .filter(({ name }) => !name.startsWith('_cf_') && !except.includes(name))
      .flatMap(({ name }) =>
        storage.sql
          .exec(`SELECT * FROM "${name}"`)
          .toArray()
          .map((row) => `${name} ${JSON.stringify(row, readable)}`),
      );
  });
}

function readable(_name: string, value: unknown): unknown {
  return value instanceof ArrayBuffer ? Array.from(new Uint8Array(value)) : value;
}

async function keysOf(bucket: R2Bucket): Promise<string[]> {
  const keys: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await bucket.list(cursor === undefined ? {} : { cursor });
    keys.push(...page.objects.map(({ key, etag }) => `${key} ${etag}`));
    cursor = page.truncated ? page.cursor : undefined;
  } while (cursor !== undefined);
  return keys;
}
