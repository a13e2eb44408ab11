import * as z from 'zod';
import { type Timeframe, symbol, timeframe } from '../schemas/primitives.ts';
import type { Month } from './months.ts';

/** Which candles. */
export interface Place {
  readonly symbol: string;
  readonly timeframe: Timeframe;
}

/** All candles lie under this prefix, those of a symbol and timeframe under `{symbol}/{timeframe}/` below it. */
export const CANDLES_PREFIX = 'candles/';

/** 64 bits of the SHA-256: enough to tell apart the versions of one month. */
const HASH_DIGITS = 16;
/** Of an import's id: enough to tell apart the imports that store the very same month. */
const IMPORT_DIGITS = 8;

const manifestPath = z.tuple([z.literal('candles'), symbol, timeframe, z.literal('manifest.json')]);
const monthPath = z.tuple([
  z.literal('candles'),
  symbol,
  timeframe,
  // Months of earlier versions of this service are named without an import.
  z.string().regex(/^[0-9]{4}-[0-9]{2}-[0-9a-f]{16}(-[0-9a-f]{8})?\.arrow$/),
]);

/** The key of the one mutable object of a symbol and timeframe. */
export function manifestKey({ symbol: name, timeframe: length }: Place): string {
  return `${CANDLES_PREFIX}${name}/${length}/manifest.json`;
}

/** The symbol and timeframe whose manifest lies at a key, null when it is something else. */
export function placeOfManifest(key: string): Place | null {
  return placeOf(manifestPath.safeParse(key.split('/')));
}

/**
 * How the keys of all objects begin that hold this content for a month.
 * @param hash SHA-256 of the content, in hex
 */
export function monthKeyStem({ symbol: name, timeframe: length }: Place, month: Month, hash: string): string {
  return `${CANDLES_PREFIX}${name}/${length}/${month}-${hash.slice(0, HASH_DIGITS)}`;
}

/**
 * The key of a month that an import stores.
 * @param importId UUID of the import
 */
export function monthKey(stem: string, importId: string): string {
  return `${stem}-${importId.slice(0, IMPORT_DIGITS)}.arrow`;
}

/** The symbol and timeframe that an object holds a month of, null when it is something else. */
export function placeOfMonth(key: string): Place | null {
  return placeOf(monthPath.safeParse(key.split('/')));
}

function placeOf(path: z.ZodSafeParseResult<[string, string, Timeframe, string]>): Place | null {
  return path.success ? { symbol: path.data[1], timeframe: path.data[2] } : null;
}
