import fc from 'fast-check';
import { headerText } from '../generators/hostile.ts';
import { shots } from '../generators/shots.ts';
import type { Shot } from '../shot.ts';

/** A shot, and how its bytes depart from HTTP. */
export interface WireShot {
  shot: Shot;
  fault: WireFault;
}

/**
 * `length`: `Content-Length` says something else, in so many lines; none where the list is empty. `{n}` stands for the right one,
 * `{n+3}` for three more. `line`: one more header line of any bytes. `repeat`: that header is there twice. `start`: another request
 * line, with places for method and target. `chunked`: this in place of the body. `cut`: only so many bytes are sent. `ends`: other
 * line ends. `noise`: bytes that are no HTTP. Texts are Latin-1: a character is a byte.
 */
export type WireFault =
  | { do: 'nothing' }
  | { do: 'length'; says: string[] }
  | { do: 'line'; line: string }
  | { do: 'repeat'; header: number }
  | { do: 'start'; line: string }
  | { do: 'chunked'; body: string; length: boolean }
  | { do: 'cut'; at: number }
  | { do: 'ends'; with: string }
  | { do: 'noise'; bytes: string };

/** Faults after which a server may go on waiting for what was promised, or lose its connection over it. */
const MAY_END_EARLY: ReadonlySet<WireFault['do']> = new Set([
  'length',
  'chunked',
  'cut',
  'start',
  'ends',
  'noise',
]);

/** Whether a request with this fault may be over before it is whole: silence is an answer then. */
export function mayEndEarly(fault: WireFault): boolean {
  return MAY_END_EARLY.has(fault.do);
}

const LENGTHS = [
  [],
  ['{n+1}'],
  ['{n+1000}'],
  ['{n-1}'],
  ['0'],
  ['-1'],
  ['+{n}'],
  ['{n}.0'],
  ['0x{n}'],
  ['{n} '],
  ['00{n}'],
  ['{n}, {n}'],
  [''],
  ['abc'],
  ['99999999999999999999999'],
  ['100000000'],
  ['{n}', '{n}'],
  ['{n}', '{n+1}'],
];
const LINES = [
  'no colon',
  ': no name',
  'X-Space : before the colon',
  ' X-Folded: line',
  'X-Nul: a\0b',
  'X-Bell: \x07',
  'X-Bare-CR: a\rb',
  'X-Umlaut: \xfc',
  'X-UTF-8: \xc3\xbc\xf0\x9f\x98\x80',
  'X-Bad-UTF-8: \xff\xfe',
  '\xff: name',
  'X Y: name with a space',
  'Host: other.test',
  'Host:',
  'Connection: close, X-PipAI-API-Key',
  'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
  'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__',
  'Transfer-Encoding: gzip',
  'Transfer-Encoding: identity',
  'Transfer-Encoding: xchunked',
  'Trailer: X-PipAI-Signature',
  'Expect: 100-continue',
  'Expect: 200-ok',
  'Range: bytes=0-1',
  'Content-Type: text/plain',
  'X-PipAI-Timestamp: 0',
  'X-PipAI-Signature: 00',
  'X-PipAI-API-Key: pk_1_other_00000000000000000000000000000000',
  'Authorization: Bearer other',
  'Idempotency-Key: other',
  'Cookie: a=b; c=d',
];
const STARTS = [
  '',
  ' ',
  '{method}',
  '{method} {target}',
  '{method}  {target} HTTP/1.1',
  '{method} {target} HTTP/1.1 ',
  '{method} {target} HTTP/1.0',
  '{method} {target} HTTP/0.9',
  '{method} {target} HTTP/2.0',
  '{method} {target} HTTP/9.9',
  '{method} {target} http/1.1',
  '{method} {target} HTTP/1.1\r\n{method} {target} HTTP/1.1',
  '{method}\t{target}\tHTTP/1.1',
  'CONNECT other.test:443 HTTP/1.1',
  '{method} http://other.test{target} HTTP/1.1',
  '{method} http://a@b:c@other.test:99999{target} HTTP/1.1',
  '{method} //other.test{target} HTTP/1.1',
  '{method} * HTTP/1.1',
  '{method} other HTTP/1.1',
  '{method} \\{target} HTTP/1.1',
  '{method} {target}#fragment HTTP/1.1',
  '{method} {target}\0 HTTP/1.1',
  '{method} {target}\xff HTTP/1.1',
  '{method} {target} with a space HTTP/1.1',
  'get {target} HTTP/1.1',
  'FOO {target} HTTP/1.1',
  'G\0ET {target} HTTP/1.1',
  `${'A'.repeat(5000)} {target} HTTP/1.1`,
];
const CHUNKS = [
  '0\r\n\r\n',
  '2\r\n{}\r\n0\r\n\r\n',
  '02\r\n{}\r\n0\r\n\r\n',
  '2;ext=1\r\n{}\r\n0\r\nX-Trailer: 1\r\n\r\n',
  '2\r\n{}\r\n',
  '2\r\n{}',
  'zz\r\n{}\r\n0\r\n\r\n',
  '-2\r\n{}\r\n0\r\n\r\n',
  '0x2\r\n{}\r\n0\r\n\r\n',
  'ffffffffffffffff\r\n{}',
  'ffffffffffffffffff\r\n{}',
  '1\r\n{}\r\n0\r\n\r\n',
  '2\n{}\n0\n\n',
  '{}',
];
const NOISE = [
  '',
  '\r\n\r\n\r\n\r\n',
  'nonsense',
  '\0'.repeat(100),
  // TLS, HTTP/2, SSH, and a protocol of proxies.
  '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
  'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0',
  'SSH-2.0-OpenSSH_9.9\r\n',
  'PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\nGET /healthz HTTP/1.1\r\n\r\n',
];

const latin1 = fc.string({ unit: fc.nat(255).map((code) => String.fromCharCode(code)), maxLength: 60 });

const faults: fc.Arbitrary<WireFault> = fc.oneof(
  { weight: 3, arbitrary: fc.constant({ do: 'nothing' as const }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('length' as const), says: fc.constantFrom(...LENGTHS) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('line' as const),
      line: fc.oneof(
        { weight: 6, arbitrary: fc.constantFrom(...LINES) },
        { weight: 2, arbitrary: latin1.map((text) => `X-Any: ${text}`) },
        { weight: 1, arbitrary: latin1 },
        { weight: 1, arbitrary: headerText.map((text) => `X-Long: ${text.repeat(300)}`) },
      ),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('repeat' as const), header: fc.nat(8) }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('start' as const), line: fc.constantFrom(...STARTS) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('chunked' as const),
      body: fc.constantFrom(...CHUNKS),
      length: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('cut' as const), at: fc.nat(900) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('ends' as const),
      with: fc.constantFrom('\n', '\r', '\r\r\n', '\n\r'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('noise' as const),
      bytes: fc.oneof(fc.constantFrom(...NOISE), latin1),
    }),
  },
);

/** A body where other clients cannot have one. */
const unusual = fc.constantFrom('', '', '', '{}', 'text', ' '.repeat(1000));

/** Shots of every kind, most of them broken once more on the wire. */
export const wireShots: fc.Arbitrary<WireShot> = fc
  .tuple(shots, unusual, faults)
  .map(([shot, text, fault]) => ({
    shot: shot.body === null && text !== '' ? { ...shot, body: { text, edits: [] } } : shot,
    fault,
  }));
