import fc from 'fast-check';

/** What others have stumbled over: texts, numbers, decimals, instants, and JSON that is none. */

const SPAN = 24;

const PECULIAR = [
  '',
  ' ',
  '\0',
  'a\0b',
  '\r\n',
  '\t',
  '\u2028',
  '\u202e',
  '\ufeff',
  '\ufffd',
  '\u{10ffff}',
  '😀',
  'e\u0301',
  'İ',
  'ﬀ',
  '١٢٣',
  '１２',
  // Halves of a surrogate pair: JSON can write them, UTF-8 cannot.
  '\ud800',
  'a\udfff',
  '\udc00\ud800',
  '__proto__',
  'constructor',
  'toString',
  'null',
  'true',
  '[object Object]',
  "' OR 1=1 --",
  '"; DROP TABLE job; --',
  '../../etc/passwd',
  '%00',
  '%2e%2e%2f',
  '{{7*7}}',
  '<script>alert(1)</script>',
  '*',
];

const DECIMALS = [
  '0',
  '-0',
  '-1',
  '+1',
  '00',
  '01',
  '1.',
  '.5',
  '0.0',
  '0.00000000',
  '0.00000001',
  '0.000000001',
  '1e3',
  '1E-8',
  '0x10',
  '1_000',
  '1,5',
  ' 1',
  '1 ',
  '999999999999999',
  '999999999999999.99999999',
  '1000000000000000',
  '1000',
  '1000.00000001',
  'Infinity',
  'NaN',
];

const INSTANTS = [
  '2024-02-29T00:00:00Z',
  '2025-02-29T00:00:00Z',
  '2025-01-01T24:00:00Z',
  '2016-12-31T23:59:60Z',
  '2025-13-01T00:00:00Z',
  '2025-00-10T00:00:00Z',
  '0000-01-01T00:00:00Z',
  '0001-01-01T00:00:00Z',
  '1969-12-31T23:59:59Z',
  '1970-01-01T00:00:00Z',
  '9999-12-31T23:59:59Z',
  '+275760-09-13T00:00:00Z',
  '-000001-01-01T00:00:00Z',
  '2025-01-01T00:00:00.000Z',
  '2025-01-01T00:00:00+00:00',
  '2025-01-01T00:00Z',
  '2025-01-01 00:00:00Z',
  '2025-01-01t00:00:00z',
  '2025-1-1T0:0:0Z',
  '2025-01-01',
  '1735689600000',
];

/** Numbers as JSON texts, which may say what no number of JavaScript's is. */
const NUMBERS = [
  '0',
  '-0',
  '-1',
  '0.5',
  '1.0',
  '1e0',
  '1E+2',
  '1.0000000000000001',
  '5e-324',
  '1e-400',
  '1e400',
  '-1e400',
  '1.7976931348623157e308',
  '2147483648',
  '4294967296',
  '9007199254740991',
  '9007199254740993',
  '-9007199254740993',
  '18446744073709551616',
  '9'.repeat(400),
  `0.${'0'.repeat(400)}1`,
];

const NO_JSON = [
  '',
  'NaN',
  '-Infinity',
  'undefined',
  'True',
  'nul',
  '01',
  '-',
  '+1',
  '.5',
  '1.',
  '1e',
  '0x1',
  "'text'",
  '"unterminated',
  '"\\x41"',
  '"\\u12"',
  '"a\nb"',
  '"a\0b"',
  '[1,]',
  '[,1]',
  '{"a":1,}',
  '{a:1}',
  '{"a"}',
  '/* */1',
  '1//',
  '1 2',
  ']',
  '}',
  ':',
  '\u00a01',
];

/** Halves of surrogate pairs as JSON escapes them, and names that JavaScript has. */
const ODD_JSON = [
  'null',
  'true',
  'false',
  '[]',
  '{}',
  '[[]]',
  '"\\ud800"',
  '"\\udc00\\ud800"',
  '"\\u0000"',
  '"\\/"',
  '{"__proto__":{"polluted":true}}',
  '{"constructor":{"prototype":{"polluted":true}}}',
  '{"":1}',
  '{"toString":1,"valueOf":2}',
  '{"length":1000000000}',
];

/** So deep that whoever recurses falls; the larger ones fill the 64 KiB of a body. */
const depth = fc.constantFrom(1, 50, 500, 5000, 30_000);

const deep = fc.oneof(
  depth.map((levels) => '['.repeat(levels) + ']'.repeat(levels)),
  depth.map((levels) => '{"a":'.repeat(levels / 5) + '1' + '}'.repeat(levels / 5)),
  depth.map((levels) => '['.repeat(levels)),
);

/** Texts as a field, a header's value or a part of a path may hold them. */
export const hostileText: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...PECULIAR),
  fc.constantFrom(...DECIMALS, ...INSTANTS),
  fc.string({ unit: 'binary', maxLength: SPAN }),
  fc.string({ unit: 'grapheme', maxLength: SPAN }),
  fc.string({ maxLength: SPAN }),
  fc.constantFrom('a', '9', '😀').chain((unit) => fc.nat(5000).map((length) => unit.repeat(length))),
);

/** What a header may hold in every runtime: ASCII but what ends a line. Of other bytes each makes something else. */
export const headerText: fc.Arbitrary<string> = hostileText.map((text) =>
  text
    .slice(0, 300)
    .replaceAll(/[^\x20-\x7e\t]/g, '~')
    .trim(),
);

/** JSON texts that a field may hold in place of its value; some of them are no JSON. */
export const hostileJson: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...DECIMALS, ...INSTANTS).map((text) => JSON.stringify(text)) },
  { weight: 4, arbitrary: fc.constantFrom(...NUMBERS) },
  { weight: 4, arbitrary: fc.constantFrom(...ODD_JSON) },
  { weight: 3, arbitrary: hostileText.map((text) => JSON.stringify(text)) },
  { weight: 2, arbitrary: fc.constantFrom(...NO_JSON) },
  { weight: 1, arbitrary: fc.json({ maxDepth: 3 }) },
  { weight: 1, arbitrary: deep },
);
