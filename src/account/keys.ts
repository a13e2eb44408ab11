import * as z from 'zod';
import { permission, type Permission } from '../schemas/admin.ts';

/** An API key as its account knows it. The secret is derived, never stored. Times are milliseconds since the epoch. */
export interface ApiKeyRecord {
  readonly apiKey: string;
  readonly permissions: readonly Permission[];
  readonly label: string | null;
  readonly createdAt: number;
  /** When it ends: as the operator said when it was made, or with the grace of a rotation. */
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
  /** When the operator said that the key ends, whatever rotations did to `expires_at`. */
  given_end: number | null;
};

const storedPermissions = z.array(permission);

/** The SQL of an account's keys. */
export class KeyStore {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Adds a key; one that is there already stays as it is. */
  insert(key: ApiKeyRecord): void {
    this.#sql.exec(
      `INSERT OR IGNORE INTO api_key (api_key, permissions, label, created_at, expires_at, revoked_at, given_end)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
      key.apiKey,
      JSON.stringify(key.permissions),
      key.label,
      key.createdAt,
      key.expiresAt,
      key.revokedAt,
      key.expiresAt,
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
    const row = this.#standingRow(apiKey, now);
    return row && toRecord(row);
  }

  /**
   * Adds `next` in the place of a key that stands at `now`: with its permissions, its label and the end it was given. The old
   * one ends at `graceEnd`, unless it ends before that anyway. Null where it does not stand. May be repeated with the same `next`.
   */
  rotate(old: string, next: string, now: number, graceEnd: number): ApiKeyRecord | null {
    const known = this.#row(next);
    if (known !== null) return toRecord(known);
    const row = this.#standingRow(old, now);
    if (row === null) return null;
    const record = { ...toRecord(row), apiKey: next, createdAt: now, expiresAt: row.given_end };
    this.insert(record);
    const sql = 'UPDATE api_key SET expires_at = min(ifnull(expires_at, ?), ?) WHERE api_key = ?';
    this.#sql.exec(sql, graceEnd, graceEnd, old);
    return record;
  }

  /** Revokes a key that stands at `now`; false where there is none. `again`: it may have been this call that revoked it. */
  revoke(apiKey: string, now: number, again: boolean): boolean {
    const sql = `UPDATE api_key SET revoked_at = ?
                 WHERE api_key = ? AND (revoked_at IS NULL OR (? AND revoked_at = ?)) AND ifnull(expires_at > ?, TRUE)
                 RETURNING 1`;
    return this.#sql.exec(sql, now, apiKey, again ? 1 : 0, now, now).toArray().length > 0;
  }

  #standingRow(apiKey: string, now: number): KeyRow | null {
    const row = this.#row(apiKey);
    if (row?.revoked_at !== null) return null;
    return row.expires_at !== null && row.expires_at <= now ? null : row;
  }

  #row(apiKey: string): KeyRow | null {
    return this.#sql.exec<KeyRow>('SELECT * FROM api_key WHERE api_key = ?', apiKey).toArray()[0] ?? null;
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
