import fc from 'fast-check';
import type { DocumentedOperation } from '../../support/api-document.ts';
import type { ByteEdit, Shot } from '../shot.ts';
import { documentedAt } from './documented.ts';
import { headerText } from './hostile.ts';

/** Requests that no document describes: targets, methods, headers and bodies bent out of shape, signed as they are sent. */

const PIECES = [
  '/',
  '//',
  '/./',
  '/../',
  '/..;/',
  '%2e%2e/',
  '%2F',
  '%5C',
  '\\',
  '%00',
  '%0d%0a',
  '%',
  '%z',
  '%ff',
  '%C0%AF',
  '%E0%A4%A',
  '%25',
  '%2562',
  '%62',
  '%F0%9F%98%80',
  'é',
  '😀',
  '\u202e',
  ' ',
  '+',
  ';a=b',
  '?',
  '??',
  '&',
  '=',
  '@',
  ':80',
  '*',
  '"',
  '<',
  '|',
  '{',
  '~',
  'A',
];
const METHODS = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'TRACE',
  'PROPFIND',
  'SEARCH',
  'PURGE',
];
const HEADER_NAMES = [
  'X-PipAI-API-Key',
  'X-PipAI-Timestamp',
  'X-PipAI-Signature',
  'X-Request-Id',
  'X-PipAI-Account',
  'Authorization',
  'Content-Type',
  'Content-Encoding',
  'Idempotency-Key',
  'Prefer',
  'Last-Event-ID',
  'If-None-Match',
  'If-Modified-Since',
  'Accept',
  'Accept-Encoding',
  'Range',
  'Expect',
  'Upgrade',
  'Origin',
  'Cookie',
  'X-HTTP-Method-Override',
  'X-Forwarded-For',
  'X-Original-URL',
];
const TYPES = [
  '',
  'application/json',
  'application/json;charset=utf-16',
  'APPLICATION/JSON ; charset="utf-8"',
  'application/json, text/plain',
  'application/json5',
  'application/x-ndjson',
  'application/problem+json',
  'multipart/form-data; boundary=x',
  'application/x-www-form-urlencoded',
  'text/plain',
  '*/*',
  ';',
  'application/json\t;',
];

type Bend = { kind: string; bend: (shot: Shot) => Shot };

const where = fc.nat(120);

const targetBends: fc.Arbitrary<Bend> = fc.oneof(
  fc
    .tuple(fc.constantFrom(...PIECES), where)
    .map(([piece, at]) => onTarget((target) => inserted(target, at, piece))),
  where.map((at) => onTarget((target) => inserted(target, at, '', 1))),
  where.map((at) => onTarget((target) => target.slice(0, at % (target.length + 1)) || '/')),
  fc.constant(onTarget((target) => target.toUpperCase())),
  fc.constant(onTarget((target) => `${target}/`)),
  fc.constant(onTarget((target) => target + target)),
  fc.constantFrom(300, 2000, 7000).map((length) => onTarget((target) => `${target}/${'a'.repeat(length)}`)),
  fc
    .constantFrom(300, 2000, 7000)
    .map((length) => onTarget((target) => `${target}?${'a&'.repeat(length / 2)}`)),
);

const methodBends = fc.constantFrom(...METHODS).map((method): Bend => ({
  kind: 'method',
  bend: (shot) => ({ ...shot, method, ...(method === 'GET' || method === 'HEAD' ? { body: null } : {}) }),
}));

const headerBends: fc.Arbitrary<Bend> = fc.oneof(
  fc
    .tuple(fc.constantFrom(...HEADER_NAMES), headerText)
    .map(([name, value]) => withHeader('header', name, value)),
  fc.constantFrom(...TYPES).map((type) => withHeader('content type', 'Content-Type', type)),
  fc
    .constantFrom('gzip', 'br', 'identity', 'gzip, gzip', '*')
    .map((encoding) => withHeader('encoding', 'Content-Encoding', encoding)),
);

/** Bytes that UTF-8 does not have, or JSON not at that place. */
const SPLINTERS = [
  [0x00],
  [0xff],
  [0xc3, 0x28],
  [0xc0, 0xaf],
  [0xe2, 0x80],
  [0xed, 0xa0, 0x80],
  [0xf4, 0x90, 0x80, 0x80],
  [0x1f, 0x8b],
  [0x22],
  [0x5c],
  [0x7b],
  [0x5d],
];

const edit: fc.Arbitrary<ByteEdit> = fc.oneof(
  fc.nat(200).map((cut) => ({ cut })),
  fc.record({ splice: fc.record({ at: fc.nat(200), bytes: fc.constantFrom(...SPLINTERS) }) }),
  fc.record({
    splice: fc.record({ at: fc.nat(200), bytes: fc.array(fc.nat(255), { minLength: 1, maxLength: 12 }) }),
  }),
  fc.constantFrom('bom' as const, 'utf-16' as const, 'gzip' as const),
);

const bodyBends = fc
  .tuple(edit, fc.constantFrom('', 'x', '{}', '{"reason":"é😀"}'))
  .map(([each, text]): Bend => ({
    kind: 'body bytes',
    // GET and HEAD cannot have one here; over a socket they can.
    bend: (shot) =>
      shot.method === 'GET' || shot.method === 'HEAD'
        ? shot
        : { ...shot, body: { text: shot.body?.text ?? text, edits: [...(shot.body?.edits ?? []), each] } },
  }));

/** Shots made from right ones at these operations. */
export function grammarless(operations: readonly DocumentedOperation[]): fc.Arbitrary<Shot> {
  const bend = fc.oneof(
    { weight: 5, arbitrary: targetBends },
    { weight: 1, arbitrary: methodBends },
    { weight: 3, arbitrary: headerBends },
    { weight: 4, arbitrary: bodyBends },
  );
  return fc
    .tuple(documentedAt(operations), fc.array(bend, { minLength: 1, maxLength: 2 }))
    .map(([shot, bends]) => ({
      ...bends.reduce((each, { bend }) => bend(each), shot),
      kind: [...new Set(bends.map(({ kind }) => kind))].sort().join(' and '),
    }));
}

function onTarget(change: (target: string) => string): Bend {
  return { kind: 'target', bend: (shot) => ({ ...shot, target: change(shot.target) }) };
}

function withHeader(kind: string, name: string, value: string): Bend {
  return {
    kind,
    bend: (shot) => ({
      ...shot,
      headers: [...shot.headers.filter(([each]) => each.toLowerCase() !== name.toLowerCase()), [name, value]],
    }),
  };
}

/** The first slash stays: without it there is no target. */
function inserted(target: string, at: number, piece: string, taken = 0): string {
  const place = 1 + (at % target.length);
  return target.slice(0, place) + piece + target.slice(place + taken);
}
