import * as z from 'zod';
import { permission, type Permission } from '../schemas/admin.ts';

/** An API key as its account knows it. The secret is derived, never stored. Times are milliseconds since the epoch. */
export interface ApiKeyRecord {
  readonly apiKey: string;
  readonly permissions: readonly Permission[];
  readonly label: string | null;
  readonly createdAt: number;
  readonly expiresAt: number | null;
  readonly revokedAt: number | null;
}

type KeyRow = {
  api_key: string;
  permissions: string;
  label: string | null;
  created_at: number;
  expires_at: number | null;
  revoked_at: number | null;
};

const storedPermissions = z.array(permission);

/** The SQL of an account's keys. */
export class KeyStore {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Adds a key that is not there yet. */
  insert(key: ApiKeyRecord): void {
    this.#sql.exec(
      'INSERT INTO api_key (api_key, permissions, label, created_at, expires_at, revoked_at) VALUES (?, ?, ?, ?, ?, ?)',
      key.apiKey,
      JSON.stringify(key.permissions),
      key.label,
      key.createdAt,
      key.expiresAt,
      key.revokedAt,
    );
  }

  /** All keys, oldest first, revoked ones too. */
  list(): ApiKeyRecord[] {
    return this.#sql
      .exec<KeyRow>('SELECT * FROM api_key ORDER BY created_at, api_key')
      .toArray()
      .map(toRecord);
  }

  /** The key if it stands at `now`: known, not revoked, not expired. */
  standing(apiKey: string, now: number): ApiKeyRecord | null {
    const row = this.#sql.exec<KeyRow>('SELECT * FROM api_key WHERE api_key = ?', apiKey).toArray()[0];
    if (row?.revoked_at !== null) return null;
    return row.expires_at !== null && row.expires_at <= now ? null : toRecord(row);
  }

  /** Ends a key at `at`, unless it ends before that anyway. */
  endAt(apiKey: string, at: number): void {
    const sql = 'UPDATE api_key SET expires_at = min(ifnull(expires_at, ?), ?) WHERE api_key = ?';
    this.#sql.exec(sql, at, at, apiKey);
  }

  /** Revokes a key that stands at `now`; false where there is none. */
  revoke(apiKey: string, now: number): boolean {
    const sql =
      'UPDATE api_key SET revoked_at = ? WHERE api_key = ? AND revoked_at IS NULL AND ifnull(expires_at > ?, TRUE) RETURNING 1';
    return this.#sql.exec(sql, now, apiKey, now).toArray().length > 0;
  }
}

function toRecord(row: KeyRow): ApiKeyRecord {
  return {
    apiKey: row.api_key,
    permissions: storedPermissions.parse(JSON.parse(row.permissions)),
    label: row.label,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    revokedAt: row.revoked_at,
  };
}
