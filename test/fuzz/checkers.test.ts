import { describe, expect, it } from 'vitest';
import type { Exchange } from '../support/contract.ts';
import { changesBetween, faultsOf, mustChangeNothing, type State } from './checkers.ts';
import { fraudFaults } from './fraud-checkers.ts';
import type { Attempt } from './generators/forgeries.ts';
import { Range } from './range.ts';
import type { Shot } from './shot.ts';
import type { Ground } from './world.ts';

/** The checkers over made-up exchanges: each wrong one is caught, and no right one. */

const ID = 'the-request';

function answer(status: number, error: object | null, change: Partial<Exchange> = {}): Exchange {
  const headers = new Headers({ 'X-Request-Id': ID, 'Content-Type': 'application/json' });
  const text = JSON.stringify(error === null ? { data: [], next_cursor: null } : { error });
  return { method: 'GET', target: '/v1/backtest/jobs?limit=1', status, headers, text, ...change };
}

function refusal(status: number, code: string, change: Partial<Exchange> = {}): Exchange {
  return answer(status, { code, message: 'No.', request_id: ID }, change);
}

const before: State = new Map([
  ['account', ['key 1', 'key 2']],
  ['results', []],
]);

describe('an answer', () => {
  it.each<[string, Exchange]>([
    ['a page', answer(200, null)],
    ['a refusal', refusal(400, 'INVALID_PARAMETER')],
    ['of an unknown path', refusal(404, 'NOT_FOUND', { target: '//v1/%' })],
    ['to HEAD', refusal(401, 'UNAUTHORIZED', { method: 'HEAD', text: '' })],
  ])('passes that is as it should be: %s', (_, exchange) => {
    expect(faultsOf(exchange)).toEqual([]);
  });

  it.each<[string, Exchange, RegExp]>([
    ['500', refusal(500, 'INTERNAL'), /the service failed: 500/],
    ['503', refusal(503, 'UNAVAILABLE'), /the service failed: 503/],
    ['a status that is not documented', refusal(409, 'INVALID_STATE'), /status is not documented/],
    ['a code that nobody knows', refusal(400, 'WRONG'), /no envelope with a known code/],
    ['a code of another status', refusal(400, 'UNAUTHORIZED'), /UNAUTHORIZED should be 401/],
    ['no request id', answer(400, { code: 'INVALID_PARAMETER', message: 'No.' }), /no envelope/],
    [
      'the id of another request',
      answer(400, { code: 'INVALID_PARAMETER', message: 'No.', request_id: 'other' }),
      /request_id is not that of the answer/,
    ],
    ['no envelope', answer(401, null, { text: 'Unauthorized' }), /no envelope/],
    ['a header left out', answer(200, null, { headers: new Headers() }), /X-Request-Id is missing/],
    ['a body that is not documented', answer(200, null, { text: '{"data":{}}' }), /data/],
    ['success where there is no route', answer(200, null, { target: '/v1/nothing' }), /should be 404/],
    [
      'a stack',
      answer(400, { code: 'INVALID_PARAMETER', message: 'at f (a.ts:1:2)', request_id: ID }),
      /tells of the inside/,
    ],
  ])('is caught with %s', (_, exchange, fault) => {
    expect(faultsOf(exchange).join('\n')).toMatch(fault);
  });
});

describe('what is stored', () => {
  it('passes where nothing is otherwise', () => {
    expect(changesBetween(before, new Map(before))).toEqual([]);
  });

  it.each<[string, State]>([
    ['a row more', new Map([...before, ['account', ['key 1', 'key 2', 'key 3']]])],
    ['a row less', new Map([...before, ['account', ['key 1']]])],
    ['a row changed', new Map([...before, ['account', ['key 1', 'key 2, revoked']]])],
    ['a row twice', new Map([...before, ['account', ['key 1', 'key 2', 'key 2']]])],
    ['a key in a bucket', new Map([...before, ['results', ['bt_1/1']]])],
    ['an object more', new Map([...before, ['job', ['queued']]])],
    ['an object gone', new Map([['results', []]])],
  ])('is seen to be otherwise: %s', (_, after) => {
    expect(changesBetween(before, after)).not.toEqual([]);
  });

  it.each<[string, number, boolean]>([
    ['POST', 400, true],
    ['DELETE', 404, true],
    ['GET', 200, true],
    ['POST', 201, false],
  ])('must stay after %s %i: %s', (method, status, must) => {
    expect(mustChangeNothing(refusal(status, 'NOT_FOUND', { method }))).toBe(must);
  });
});

describe('a shot', () => {
  const shot: Shot = {
    kind: 'any',
    operation: 'createJob',
    as: 'nobody',
    method: 'POST',
    target: '/v1/backtest/jobs',
    headers: [],
    body: null,
  };

  /** A service that answers so, and whose store is as it was, or is not. */
  function ground(made: Exchange, after: State): Ground {
    const states = [before, after];
    const answered = {
      api_key: 'key',
      api_secret: 'secret',
      account_id: 'account',
      id: 'bt_1',
      lease: 'lease',
    };
    return {
      administer: () => Promise.resolve(answered),
      call: () => Promise.resolve(answered),
      look: () => Promise.resolve(states.shift() ?? after),
      send: () => Promise.resolve(made),
    };
  }
  const otherwise: State = new Map([...before, ['queued', ['job changed']]]);
  const refused = refusal(400, 'INVALID_PARAMETER', { method: 'POST' });

  it('hits nothing where a refusal left everything as it was', async () => {
    expect((await new Range(ground(refused, before)).fire(shot)).faults).toEqual([]);
  });

  it('hits where a refusal has changed something', async () => {
    const { faults } = await new Range(ground(refused, otherwise)).fire(shot);
    expect(faults).toContain('changed by this: queued got job changed');
  });

  it('hits where the service failed', async () => {
    const failed = refusal(500, 'INTERNAL', { method: 'POST' });
    expect((await new Range(ground(failed, before)).fire(shot)).faults).toHaveLength(1);
  });
});

describe('the answer to a forgery', () => {
  const attempt: Attempt = { fraud: 'forged', route: 'list', way: 'any', at: 0, digit: 1 };

  it('passes where it is refused by the Worker alone', () => {
    expect(fraudFaults(attempt, refusal(401, 'UNAUTHORIZED'), [])).toEqual([]);
  });

  it('is caught where it is let in', () => {
    expect(fraudFaults(attempt, answer(200, null), []).join()).toMatch(/let in: 200/);
  });

  it('is caught where another code tells how far it came', () => {
    const late = refusal(401, 'TIMESTAMP_OUT_OF_WINDOW');
    expect(fraudFaults(attempt, late, []).join()).toMatch(/should be UNAUTHORIZED/);
  });

  it('is caught where it woke an object', () => {
    expect(fraudFaults(attempt, refusal(401, 'UNAUTHORIZED'), ['ACCOUNT']).join()).toMatch(/reached ACCOUNT/);
  });

  it('of a key that is over may wake its account, and no job', () => {
    const over: Attempt = { ...attempt, fraud: 'key is over' };
    expect(fraudFaults(over, refusal(401, 'UNAUTHORIZED'), ['ACCOUNT'])).toEqual([]);
    expect(fraudFaults(over, refusal(401, 'UNAUTHORIZED'), ['BACKTEST_JOB'])).toHaveLength(1);
  });
});
