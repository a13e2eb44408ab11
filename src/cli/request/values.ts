/** Texts of the command line as values of a request. */

const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** JSON Schema of a template's parameters, as far as it is read here. */
export type ParamsSchema = Readonly<Record<string, unknown>>;

/**
 * Parameters as the template's JSON Schema types them: numbers for numeric ones, the text for others. A text that is not of the type, and a
 * parameter the template does not have, are passed on as they are: the service says best what it takes.
 */
export function typedParams(
  texts: Readonly<Record<string, string>>,
  schema: ParamsSchema | undefined,
): Record<string, unknown> {
  const properties = recordOf(schema?.properties);
  return Object.fromEntries(
    Object.entries(texts).map(([name, text]) => [name, typed(text, recordOf(properties[name]).type)]),
  );
}

function typed(text: string, type: unknown): unknown {
  if (type === 'integer' || type === 'number') return numberOr(text);
  if (type === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
  return text;
}

/** A plain decimal number as one, any other text as it is. */
export function numberOr(text: string): number | string {
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}

/** A day as its first second; an instant as it is. */
export function fromDay(text: string): string {
  return DAY.test(text) ? `${text}T00:00:00Z` : text;
}

/** A day as its last second, for ends that are inclusive; an instant as it is. */
export function throughDay(text: string): string {
  return DAY.test(text) ? `${text}T23:59:59Z` : text;
}

/** A value's members, none where it is no object. */
export function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return isRecord(value) ? value : {};
}

/** Whether a value is an object of JSON. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
