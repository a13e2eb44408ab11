import * as z from 'zod';

const variables = z.object({
  SIGNATURE_WINDOW_MS: z.coerce.number().int().min(1000).max(300_000),
  LEASE_MS: z.coerce.number().int().min(500).max(3_600_000),
  MAX_ATTEMPTS: z.coerce.number().int().min(1).max(100),
  RETENTION_DAYS: z.coerce.number().int().min(1).max(3650),
  EXECUTOR: z.enum(['embedded', 'external']),
  SYNTHETIC_CANDLES: z.enum(['on', 'off']),
});

/** The service's variables, checked. */
export type Settings = z.infer<typeof variables>;

/**
 * Reads the variables of `wrangler.toml`.
 * @throws Error naming each variable that does not fit; the operator sees it in the log, a client sees 500.
 */
export function readSettings(env: Cloudflare.Env): Settings {
  const parsed = variables.safeParse(env);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new Error(`The variables of wrangler.toml do not fit. ${problems.join('; ')}`);
}
