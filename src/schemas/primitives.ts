import * as z from 'zod';

const DECIMAL_FORM = 'must be a decimal string such as "0.05", with at most 15 integer and 8 fraction digits';

/** A non-negative decimal in plain notation: at most 15 integer and 8 fraction digits, no exponent, no sign, no leading zeros. */
export const decimal = z
  .string(DECIMAL_FORM)
  .regex(/^(0|[1-9][0-9]{0,14})(\.[0-9]{1,8})?$/, { error: DECIMAL_FORM, abort: true });

/** An integer from `min` to `max`, both included. */
export function wholeNumber(min: number, max = Number.MAX_SAFE_INTEGER) {
  const bounded = max < Number.MAX_SAFE_INTEGER;
  const range = bounded ? `from ${String(min)} to ${String(max)}` : `of at least ${String(min)}`;
  const form = `must be a whole number ${range}`;
  return z.int({ error: form, abort: true }).min(min, form).max(max, form);
}

/** Lets a rule that spans fields speak whenever these fields fit by themselves, whatever is wrong with others. */
export function whenFit(fields: z.ZodType): (payload: { value: unknown }) => boolean {
  return ({ value }) => fields.safeParse(value).success;
}

/** A {@link decimal} above zero. */
export const positiveDecimal = decimal.refine((text) => /[1-9]/.test(text), 'must be greater than 0');

/**
 * Texts without half a surrogate pair, which JSON can write and UTF-8 cannot: it would be stored as another character, and many
 * a reader refuses an answer that has one.
 */
export function wellFormed(texts: z.ZodString) {
  return texts.refine(
    (each) => each.isWellFormed(),
    'must be well-formed Unicode, without half a surrogate pair',
  );
}

/** An instant in UTC with second precision, `2026-04-29T10:15:00Z`. */
export const instant = z.iso
  .datetime({
    precision: 0,
    error: 'must be an instant in UTC with second precision, such as 2026-04-29T10:15:00Z',
  })
  // Documents say the form; that the day exists is what their format `date-time` says.
  .meta({ pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$' });

/** Said of a pair in documents: tools want to know of every list what its entries are. */
export const PAIR_OF_STRINGS = { items: { type: 'string' }, minItems: 2, maxItems: 2 };

/** A trading pair as the exchange writes it. */
export const symbol = z.string().regex(/^[A-Z0-9]{2,20}$/, 'must be 2-20 characters of A-Z and 0-9');

/** Candle lengths a job may ask for. */
export const timeframe = z.enum(['1m', '5m', '15m', '1h', '4h', '1d']);
/** Candle lengths a job may ask for. */
export type Timeframe = z.infer<typeof timeframe>;

/** Seconds in one candle of each {@link Timeframe}. All divide a UTC day. */
export const TIMEFRAME_SECONDS: Readonly<Record<Timeframe, number>> = {
  '1m': 60,
  '5m': 300,
  '15m': 900,
  '1h': 3600,
  '4h': 14_400,
  '1d': 86_400,
};

/**
 * Milliseconds since the epoch as an instant on the wire, cut down to the second.
 * @throws RangeError outside the range of `Date`.
 */
export function toInstant(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
