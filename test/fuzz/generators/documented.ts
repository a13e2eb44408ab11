import fc from 'fast-check';
import type { DocumentedOperation, DocumentedParameter } from '../../support/api-document.ts';
import type { Shot, Signer } from '../shot.ts';
import { bodies } from './bodies.ts';
import { headerText, hostileText } from './hostile.ts';
import { valuesOf } from './schema.ts';

/** Requests that the document describes, right ones and nearly right ones. */

/** What stands in the places of a path when all goes well, by the parameter's name. */
const KNOWN_PATHS: Readonly<Record<string, readonly string[]>> = {
  id: ['{queued}', '{running}', '{done}', '{foreign}'],
  api_key: ['{key}'],
  account_id: ['{account}'],
  symbol: ['FUZZUSDT'],
};
/** A wait that is granted holds the answer back: only those that are refused or ignored are asked for. */
const PREFERENCES = [
  'wait=0',
  'wait=61',
  'wait=-1',
  'wait=1.5',
  'wait=1e1',
  'wait',
  'wait="',
  'wait="\\',
  'respond-async, wait=99',
  'handling=lenient; wait=5',
  ',,;;=,',
  'wait=99999999999999999999',
];

/** Shots at any of these operations, more at those with more to get wrong. */
export function documentedAt(operations: readonly DocumentedOperation[]): fc.Arbitrary<Shot> {
  return fc.oneof(
    ...operations.map((operation) => ({
      weight: operation.requestBody !== undefined ? 6 : operation.security.length > 0 ? 3 : 1,
      arbitrary: documented(operation),
    })),
  );
}

function documented(operation: DocumentedOperation): fc.Arbitrary<Shot> {
  return fc
    .record({
      as: signers(operation),
      target: targets(operation),
      headers: headers(operation),
      body: bodies(operation),
    })
    .map(({ as, target, headers, body: { kind, type, body } }) => ({
      kind,
      operation: operation.operationId,
      as,
      method: operation.method,
      target,
      headers: [...(type === null ? [] : [['Content-Type', type] satisfies [string, string]]), ...headers],
      body,
    }));
}

/** Whom an operation is for. */
export function signerFor(operation: DocumentedOperation): Signer {
  const [security = {}] = operation.security;
  if ('adminToken' in security) return 'admin';
  if (!('signature' in security)) return 'nobody';
  return operation['x-pipai-permission'] === 'worker' ? 'worker' : 'trader';
}

function signers(operation: DocumentedOperation): fc.Arbitrary<Signer> {
  return fc.oneof(
    { weight: 20, arbitrary: fc.constant(signerFor(operation)) },
    { weight: 1, arbitrary: fc.constantFrom('trader', 'worker', 'nobody', 'admin') },
    { weight: 1, arbitrary: fc.constant('poor' as const) },
  );
}

function targets(operation: DocumentedOperation): fc.Arbitrary<string> {
  const segments = operation.path.split('/').map((segment) => {
    const name = /^\{(\w+)\}$/.exec(segment)?.[1];
    const parameter = operation.parameters.find((each) => each.in === 'path' && each.name === name);
    return parameter === undefined ? fc.constant(segment) : pathValues(parameter);
  });
  const queries = operation.parameters.filter((each) => each.in === 'query').map(queryValues);
  return fc.tuple(fc.tuple(...segments), fc.tuple(...queries), oddQuery).map(([path, pairs, odd]) => {
    const query = [...pairs.flat(), ...odd].join('&');
    return path.join('/') + (query === '' ? '' : `?${query}`);
  });
}

function pathValues(parameter: DocumentedParameter): fc.Arbitrary<string> {
  const known = KNOWN_PATHS[parameter.name] ?? [String(parameter.example)];
  return fc.oneof(
    { weight: 16, arbitrary: fc.constantFrom(...known) },
    // A key of an account nobody has named, among others.
    { weight: 1, arbitrary: fc.constant(String(parameter.example)) },
    { weight: 2, arbitrary: written(parameter) },
    { weight: 1, arbitrary: hostileText.map(encoded) },
  );
}

function queryValues(parameter: DocumentedParameter): fc.Arbitrary<string[]> {
  const value = fc.oneof(
    { weight: 4, arbitrary: written(parameter) },
    { weight: 4, arbitrary: fc.constant(encoded(String(parameter.example))) },
    { weight: 2, arbitrary: hostileText.map(encoded) },
  );
  const pair = value.map((text) => `${parameter.name}=${text}`);
  return fc.oneof(
    { weight: parameter.required ? 1 : 12, arbitrary: fc.constant<string[]>([]) },
    { weight: 6, arbitrary: fc.tuple<string[]>(pair) },
    { weight: 1, arbitrary: fc.tuple<string[]>(pair, pair) },
  );
}

/** Mostly nothing. */
const oddQuery = fc.oneof(
  { weight: 20, arbitrary: fc.constant([]) },
  { weight: 1, arbitrary: hostileText.map((text) => [`${encoded(text)}=1`]) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(['unknown=1'], ['%'], ['%ff=%fe'], ['=', '&', '?'], ['limit[]=1']),
  },
);

/** A value of a parameter's schema as its place in a target holds it. */
function written({ schema }: DocumentedParameter): fc.Arbitrary<string> {
  return valuesOf(schema).map((value) => encoded(String(value)));
}

/** As a component of a URL; a lone surrogate as the replacement that UTF-8 has for it. */
function encoded(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

function headers(operation: DocumentedOperation): fc.Arbitrary<[string, string][]> {
  const each = operation.parameters
    .filter((parameter) => parameter.in === 'header')
    .map((parameter) =>
      fc.oneof(
        { weight: 6, arbitrary: fc.constant([]) },
        {
          weight: 2,
          arbitrary: headerValues(parameter).map((value) => [
            [parameter.name, value] satisfies [string, string],
          ]),
        },
      ),
    );
  return fc.tuple(...each).map((lists) => lists.flat());
}

function headerValues(parameter: DocumentedParameter): fc.Arbitrary<string> {
  const right =
    parameter.name === 'Prefer' ? fc.constantFrom(...PREFERENCES) : valuesOf(parameter.schema).map(String);
  return fc.oneof({ weight: 2, arbitrary: right }, { weight: 1, arbitrary: headerText });
}
