import fc from 'fast-check';
import { z } from 'zod';
import { API, type Schema } from '../../support/api-document.ts';

/** Values of the schemas that the document describes requests with. */

const keywords = z.object({
  $ref: z.string().optional(),
  const: z.unknown().optional(),
  enum: z.array(z.unknown()).optional(),
  anyOf: z.array(z.unknown()).optional(),
  oneOf: z.array(z.unknown()).optional(),
  type: z.string().optional(),
  format: z.string().optional(),
  pattern: z.string().optional(),
  minLength: z.int().optional(),
  maxLength: z.int().optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  items: z.unknown().optional(),
  prefixItems: z.array(z.unknown()).optional(),
  minItems: z.int().optional(),
  maxItems: z.int().optional(),
  properties: z.record(z.string(), z.unknown()).optional(),
  required: z.array(z.string()).optional(),
  propertyNames: z.unknown().optional(),
  additionalProperties: z.unknown().optional(),
});
type Keywords = z.infer<typeof keywords>;

const LONG_LIST = 12;
const LONG_TEXT = 40;
const FIRST = Date.UTC(1990, 0);
const LAST = Date.UTC(2026, 0);

/** Values that a schema of the document takes, as far as the schema goes. */
export function valuesOf(schema: unknown): fc.Arbitrary<unknown> {
  const known = keywords.parse(schema);
  if (known.$ref !== undefined) return valuesOf(component(known.$ref));
  if (known.const !== undefined) return fc.constant(known.const);
  if (known.enum !== undefined) return fc.constantFrom(...known.enum);
  const choices = known.anyOf ?? known.oneOf;
  if (choices !== undefined) return fc.oneof(...choices.map(valuesOf));
  switch (known.type) {
    case 'string':
      return texts(known);
    case 'integer':
      return fc.integer({ min: known.minimum ?? 0, max: known.maximum ?? Number.MAX_SAFE_INTEGER });
    case 'number':
      return fc.double({ min: known.minimum ?? -1e9, max: known.maximum ?? 1e9, noNaN: true });
    case 'null':
      return fc.constant(null);
    case 'array':
      return lists(known);
    case 'object':
      return objects(known);
    default:
      throw new Error(`No values are known of ${JSON.stringify(schema)}.`);
  }
}

function component(reference: string): Schema {
  const found = API.components.schemas[reference.slice(reference.lastIndexOf('/') + 1)];
  if (found === undefined) throw new Error(`The document has no ${reference}.`);
  return found;
}

function texts({
  format,
  pattern,
  minLength = 0,
  maxLength = 2 * LONG_TEXT,
}: Keywords): fc.Arbitrary<string> {
  // The pattern alone allows days that do not exist.
  if (format === 'date-time') {
    return fc
      .integer({ min: FIRST / 1000, max: LAST / 1000 })
      .map((seconds) => new Date(seconds * 1000).toISOString().replace('.000', ''));
  }
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern));
  return fc.oneof(
    fc.string({ unit: 'grapheme', minLength, maxLength: Math.min(maxLength, LONG_TEXT) }),
    fc.constant('x'.repeat(maxLength)),
  );
}

function lists({
  items,
  prefixItems,
  minItems = 0,
  maxItems = LONG_LIST,
}: Keywords): fc.Arbitrary<unknown[]> {
  if (prefixItems !== undefined) return fc.tuple(...prefixItems.map(valuesOf));
  return fc.uniqueArray(valuesOf(items), { minLength: minItems, maxLength: Math.min(maxItems, LONG_LIST) });
}

function objects({ properties, required = [], propertyNames, additionalProperties }: Keywords) {
  if (properties === undefined) {
    const names = texts(keywords.parse(propertyNames ?? {})).filter((name) => name !== '__proto__');
    return fc.dictionary(names, valuesOf(additionalProperties), { maxKeys: LONG_LIST });
  }
  const members = Object.fromEntries(
    Object.entries(properties).map(([name, each]) => [name, valuesOf(each)]),
  );
  return fc.record(members, { requiredKeys: required, noNullPrototype: true });
}

/** The numbers that limits of the document are, and those next to them. */
export function limits(): number[] {
  const found = new Set<number>();
  const names = ['minimum', 'maximum', 'minLength', 'maxLength', 'minItems', 'maxItems'];
  JSON.stringify([API.paths, API.components], (name, value: unknown) => {
    if (typeof value === 'number' && names.includes(name))
      for (const near of [-1, 0, 1]) found.add(value + near);
    return value;
  });
  return [...found];
}
