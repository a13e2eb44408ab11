import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { SPENDING } from '../spending.ts';
import type { State } from '../checkers.ts';

/** The store of a running service, read from its files past the service. */

/** The platform's own tables, and the counter behind AUTOINCREMENT. */
const PRIVATE = /^(_cf_|__miniflare|sqlite_)/;

/** An object that goes to sleep holds its files for a moment. */
const LOCKED_MS = 5000;

interface Known {
  /** When the file and its log were last written. */
  stamp: string;
  label: string;
  rows: string[];
}

/** Every object and bucket there is, each with its rows. */
export class Store {
  readonly #directory: string;
  readonly #known = new Map<string, Known>();

  /** @param directory what `--persist-to` names. */
  constructor(directory: string) {
    this.#directory = join(directory, 'v3');
  }

  /** Rows by the object's label: the account's name, the job's id, else the file's name. */
  read(): State {
    const files = readdirSync(this.#directory, { recursive: true, encoding: 'utf8' });
    const databases = files.filter(
      (file) => /^(do|r2)\/.*\.sqlite$/.test(file) && !file.endsWith('/metadata.sqlite'),
    );
    return new Map(
      databases.map((file) => {
        const { label, rows } = this.#object(join(this.#directory, file));
        return [label, rows];
      }),
    );
  }

  #object(file: string): Known {
    const stamp = [file, `${file}-wal`].map(written).join();
    const before = this.#known.get(file);
    if (before?.stamp === stamp) return before;
    const now = { stamp, ...contentOf(file) };
    this.#known.set(file, now);
    return now;
  }
}

function written(file: string): string {
  const stat = statSync(file, { throwIfNoEntry: false, bigint: true });
  return stat === undefined ? 'none' : `${String(stat.mtimeNs)}/${String(stat.size)}`;
}

function contentOf(file: string): { label: string; rows: string[] } {
  const database = new DatabaseSync(file, { readOnly: true, timeout: LOCKED_MS });
  try {
    const all = (table: string) => database.prepare(`SELECT * FROM "${table}"`).all();
    const names = database
      .prepare("SELECT name FROM sqlite_master WHERE type = 'table'")
      .all()
      .map(({ name }) => String(name));
    const owner = names.includes('__miniflare_do_name') ? all('__miniflare_do_name')[0] : undefined;
    const job = names.includes('audit') ? all('job')[0] : undefined;
    const label =
      owner === undefined ? job?.id : Object.values(owner).find((value) => typeof value === 'string');
    const tables = names.filter((name) => !PRIVATE.test(name) && !SPENDING.includes(name));
    const rows = tables.flatMap((table) => all(table).map((row) => `${table} ${JSON.stringify(row)}`));
    return { label: String(label ?? file), rows };
  } finally {
    database.close();
  }
}
