import { describe, expect, it } from 'vitest';
import type { Exchange } from '../../support/contract.ts';
import { answersIn } from './answers.ts';
import { answererOf, mustLeaveNoTrace, wireFaults } from './checkers.ts';
import type { WireFault } from './faults.ts';
import { requestBytes } from './request-bytes.ts';

/** The checkers over made-up bytes. */

const NOTHING: WireFault = { do: 'nothing' };
const CUT: WireFault = { do: 'cut', at: 10 };

function exchange(status: number, text = '', headers: Record<string, string> = {}): Exchange {
  return { method: 'GET', target: '/nowhere', status, headers: new Headers(headers), text };
}

describe('an answer over a socket', () => {
  it.each<[string, Exchange, WireFault]>([
    ['a refusal of the server in front', exchange(400, 'invalid URI'), NOTHING],
    ['a method that it does not know', exchange(501), NOTHING],
    [
      'its failure over half a request',
      exchange(500, 'Error: lost\n    at f (/miniflare/entry.js:1:2)'),
      CUT,
    ],
    ['none to half a request', exchange(0), CUT],
  ])('passes: %s', (_, each, fault) => {
    expect(wireFaults(each, fault)).toEqual([]);
  });

  it.each<[string, Exchange, WireFault]>([
    ['a failure of the server in front over a whole request', exchange(500), NOTHING],
    ['an exception of the service', exchange(500, 'Error: x\n    at f (/app/src/app.ts:1:2)'), CUT],
    ['none to a whole request', exchange(0), NOTHING],
    ['a success that the service did not give', exchange(200, 'ok'), CUT],
    ['a failure of the service', exchange(500, '{}', { 'X-Request-Id': 'a' }), CUT],
  ])('is caught: %s', (_, each, fault) => {
    expect(wireFaults(each, fault)).not.toEqual([]);
  });

  it('may be cut short of a request that was, unless the service failed', () => {
    const service = { 'X-Request-Id': 'a' };
    expect(wireFaults(exchange(413, '', service), CUT, false)).toEqual([]);
    expect(wireFaults(exchange(500, '', service), CUT, false)).not.toEqual([]);
    expect(wireFaults(exchange(413, '', service), NOTHING, false)).not.toEqual([]);
  });

  it('must leave no trace, whoever refused; only a DELETE may have been heard whose answer was lost', () => {
    const lost = [exchange(0), exchange(500)].map((each) => ({ ...each, method: 'POST' }));
    expect(lost.map(mustLeaveNoTrace)).toEqual([true, true]);
    expect(lost.map((each) => mustLeaveNoTrace({ ...each, method: 'DELETE' }))).toEqual([false, false]);
    expect(mustLeaveNoTrace({ ...exchange(400), method: 'DELETE' })).toBe(true);
    expect(mustLeaveNoTrace({ ...exchange(201, '', { 'X-Request-Id': 'a' }), method: 'POST' })).toBe(false);
  });

  it('is known by its id to be of the service', () => {
    expect(answererOf(exchange(404, '', { 'X-Request-Id': 'a' }))).toBe('service');
    expect(answererOf(exchange(404))).toBe('server in front');
  });
});

describe('the bytes of an answer', () => {
  const parsed = (text: string) =>
    answersIn(text).map((answer) => [answer.status, answer.text, answer.whole]);

  it('are read by their length or in chunks, interim answers left out', () => {
    const first = 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
    const second =
      'HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n1\r\n!\r\n0\r\n\r\n';
    expect(parsed(first + second)).toEqual([
      [200, 'ok', true],
      [404, 'no!', true],
    ]);
    expect(parsed('')).toEqual([]);
  });

  it('are read to their end where neither is told, as HTTP/1.0 has it', () => {
    const head = 'HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n';
    expect(parsed(`${head}no`)).toEqual([[404, 'no', true]]);
    expect(parsed(head + head)).toEqual([
      [404, '', true],
      [404, '', true],
    ]);
  });

  it('may end before the answer does', () => {
    expect(parsed('HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok')).toEqual([[200, 'ok', false]]);
    const head = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';
    expect(parsed(head)).toEqual([[200, '', false]]);
    expect(parsed(`${head}2\r\nok\r\n`)).toEqual([[200, 'ok', false]]);
  });

  it('are refused where they are no HTTP', () => {
    expect(() => parsed('<html>')).toThrow('This is no answer');
  });
});

it('writes a request, and its faults', () => {
  const shot = {
    kind: 'any',
    operation: 'any',
    as: 'nobody' as const,
    method: 'POST',
    target: '/é',
    headers: [],
    body: Uint8Array.of(0x7b, 0x7d),
  };
  const bytes = (fault: WireFault) => requestBytes(shot, [['Host', 'a']], fault);
  expect(bytes(NOTHING)).toBe('POST /\xc3\xa9 HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}');
  expect(bytes({ do: 'length', says: ['{n+1}', '{n}'] })).toContain('Content-Length: 3\r\nContent-Length: 2');
  expect(bytes({ do: 'repeat', header: 4 })).toContain('Host: a\r\nHost: a');
  expect(bytes({ do: 'ends', with: '\n' })).toContain('Host: a\nContent-Length: 2\n\n{}');
  expect(bytes(CUT)).toHaveLength(10);
});
