/** How bad something is: `warn` is looked at when it goes on, `error` is a bug or lost work. */
export type Level = 'info' | 'warn' | 'error';

/** What a line may say. Never a secret, a signature, a body or a query string. */
export type Fields = Readonly<Record<string, string | number | boolean | null | undefined>>;

/**
 * Writes one line of JSON: `at`, `level`, `event`, then the fields in the order given, those that are undefined left out.
 * Cloudflare's logs index the members of such lines, so that an operator can ask for all lines of one `job_id`.
 */
export function log(level: Level, event: string, fields: Fields = {}): void {
  const line = JSON.stringify({ at: new Date().toISOString(), level, event, ...fields });
  if (level === 'info') console.log(line);
  else console[level](line);
}

/** What a line says of an exception. The stack is for the operator; no answer ever has it. */
export function whatFailed(error: unknown): Fields {
  if (!(error instanceof Error)) return { error: String(error) };
  return { error: `${error.name}: ${error.message}`, stack: error.stack };
}
