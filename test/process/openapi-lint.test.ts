import { readFileSync } from 'node:fs';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { expect, it } from 'vitest';
import * as z from 'zod';

/** The strictest of the linter's own rule sets, in which everything is an error, and more that we hold to. */
const RULES = {
  extends: ['recommended-strict' as const],
  rules: {
    // The service is nobody else's to run or to copy, so there is no licence to name.
    'info-license': 'off',
    'info-license-strict': 'off',
    // The health check and the pages refuse nothing; that all others do, test/openapi/document.test.ts asserts.
    'operation-4xx-response': 'off',
    'operation-description': 'error',
    'operation-singular-tag': 'error',
    'operation-tag-defined': 'error',
    'parameter-description': 'error',
    'path-params-defined': 'error',
    'no-http-verbs-in-paths': 'error',
    'paths-kebab-case': 'error',
  } as const,
};

/** Imported by its address: its types are those of a Worker, which this folder's compiler does not know. */
const module: unknown = await import(new URL('../../src/openapi/document.ts', import.meta.url).href);
const { buildDocument } = z
  .object({ buildDocument: z.custom<(texts: object) => object>((value) => typeof value === 'function') })
  .parse(module);

/** The document as the service has it. */
function document() {
  const read = (name: string) => readFileSync(new URL(`../../src/openapi/${name}`, import.meta.url), 'utf8');
  const texts = {
    guide: read('guide.md'),
    bash: read('examples/bash.sh'),
    python: read('examples/python.py'),
    javascript: read('examples/javascript.mjs'),
  };
  return z.looseObject({ paths: z.record(z.string(), z.unknown()) }).parse(buildDocument(texts));
}

async function problems(document: object): Promise<string[]> {
  const found = await lintFromString({
    source: JSON.stringify(document),
    config: await createConfig(RULES),
  });
  return found.map(
    ({ severity, ruleId, message, location }) =>
      `${severity} ${ruleId} at ${location[0]?.pointer ?? 'an unknown place'}: ${message}`,
  );
}

it('finds neither errors nor warnings in the OpenAPI document', async () => {
  expect(await problems(document())).toEqual([]);
});

/** Every list in a schema of the document, by its place. */
function lists(value: unknown, place = ''): [string, object][] {
  if (typeof value !== 'object' || value === null) return [];
  const own: [string, object][] = 'type' in value && value.type === 'array' ? [[place, value]] : [];
  return [...own, ...Object.entries(value).flatMap(([name, each]) => lists(each, `${place}/${name}`))];
}

// Another linter that is much used, Spectral, takes `items: false` beside `prefixItems` for an error.
it('says of every list what its entries are', () => {
  const all = lists(document());
  expect(all.length).toBeGreaterThan(10);
  for (const [place, list] of all) {
    expect(list, place).toHaveProperty('items');
    expect(list, place).not.toHaveProperty('items', false);
  }
});

it('would find what is wrong', async () => {
  const { paths, ...rest } = document();
  const broken = { ...paths, '/v1/new': { get: { responses: { '200': {} } } } };
  const found = (await problems({ ...rest, paths: broken })).join('\n');
  expect(found).toMatch(/operation-operationId at #\/paths\/~1v1~1new/);
  expect(found).toMatch(/struct at #\/paths\/~1v1~1new\/get\/responses\/200/);
  expect(found).toMatch(/operation-summary/);
});
