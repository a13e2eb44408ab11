import { describe, expect, it } from 'vitest';
import type { Aftermath } from './aftermath.ts';
import { checkRace } from './check-race.ts';
import { isContended, type Race, type Told } from './race.ts';
import { cancelledRace, completedRace, ended, refusedAs, row, told, withoutResult } from './stories.ts';
import { countByKind, type ViolationKind } from './violation.ts';

type Story = ReturnType<typeof cancelledRace>;

/** Puts other facts into one answer of a story. */
function retold({ race, after }: Story, requestId: string, other: Partial<Told>): Story {
  const answers = race.told.map((answer) =>
    answer.requestId === requestId ? { ...answer, ...other } : answer,
  );
  return { race: { ...race, told: answers }, after };
}

function withRace({ race, after }: Story, other: Partial<Race>): Story {
  return { race: { ...race, ...other }, after };
}

function withAfter({ race, after }: Story, other: Partial<Aftermath>): Story {
  return { race, after: { ...after, ...other } };
}

const done = ended('done');
const cancelled = ended('cancelled');
const [started, last] = cancelledRace().after.trail;
if (started === undefined || last === undefined) throw new Error('The story has no trail.');

const WRONG: [what: string, kind: ViolationKind, story: Story][] = [
  [
    'two sides are told that they won',
    'double_end',
    retold(cancelledRace(), 'complete', { status: 200, says: 'done', job: done, code: null }),
  ],
  [
    'two different completions are told that they won',
    'double_end',
    retold(completedRace(), 'repeat', { mark: '2' }),
  ],
  ['the same cancel acts twice', 'double_end', retold(cancelledRace(), 'again', { replayed: false })],
  ['no cancel acted first', 'double_end', retold(cancelledRace(), 'cancel', { replayed: true })],
  ['a refusal names another end', 'double_end', retold(cancelledRace(), 'fail', refusedAs('done'))],
  [
    'two workers have it',
    'double_end',
    retold(cancelledRace(), 'start-2', { status: 200, code: null, says: null }),
  ],
  [
    'the trail ends twice',
    'double_end',
    withAfter(cancelledRace(), { trail: [started, row({ from: 'running', to: 'done' }), last] }),
  ],
  [
    'the stream ends twice',
    'double_end',
    withRace(cancelledRace(), {
      watched: ['1', '2'].map((id) => ({ id, job: withoutResult(cancelled) })),
    }),
  ],
  [
    'a cancelled job is done in the end',
    'undone_cancel',
    { race: cancelledRace().race, after: completedRace().after },
  ],
  [
    'a cancelled job has moved on',
    'undone_cancel',
    withAfter(cancelledRace(), { job: { ...cancelled, progress: 0.5 } }),
  ],
  [
    'a worker is told to go on after the cancel',
    'undone_cancel',
    retold(cancelledRace(), 'late', { says: null }),
  ],
  [
    'a stale lease is the reason after the cancel',
    'undone_cancel',
    retold(cancelledRace(), 'late', { status: 409, code: 'STALE_LEASE', says: null }),
  ],
  [
    'the list disagrees with the job',
    'disagreement',
    withAfter(cancelledRace(), { listed: [{ ...cancelled, result: null, status: 'running' }] }),
  ],
  [
    'the list has it twice',
    'disagreement',
    withAfter(cancelledRace(), { listed: [0, 1].map(() => ({ ...cancelled, result: null })) }),
  ],
  [
    'the list of another status has it too',
    'disagreement',
    withAfter(cancelledRace(), { listedAs: ['running', 'cancelled'] }),
  ],
  ['the list of its status lacks it', 'disagreement', withAfter(cancelledRace(), { listedAs: [] })],
  ['an audit row is missing', 'disagreement', withAfter(cancelledRace(), { trail: [last] })],
  ['the last audit row is missing', 'disagreement', withAfter(cancelledRace(), { trail: [started] })],
  [
    'the trail gives the end to somebody else',
    'disagreement',
    withAfter(cancelledRace(), { trail: [started, { ...last, request_id: 'fail' }] }),
  ],
  [
    'the trail has another reason',
    'disagreement',
    withAfter(cancelledRace(), { trail: [started, { ...last, reason: 'c2' }] }),
  ],
  [
    'the trail has another time',
    'disagreement',
    withAfter(cancelledRace(), { trail: [started, { ...last, at: '2026-01-01T00:00:03Z' }] }),
  ],
  [
    'it kept the result of a completion that lost',
    'disagreement',
    retold(retold(completedRace(), 'complete', { mark: '2' }), 'repeat', { mark: '2' }),
  ],
  [
    'progress that was acknowledged is gone',
    'disagreement',
    retold(cancelledRace(), 'beat', { progress: 0.45 }),
  ],
  [
    'a done job has no result',
    'disagreement',
    withAfter(completedRace(), { job: { ...done, result: null } }),
  ],
  [
    'the stream stops before the end',
    'disagreement',
    withRace(cancelledRace(), {
      watched: [{ id: '1', job: { ...withoutResult(cancelled), status: 'running' } }],
    }),
  ],
  [
    'it is still running',
    'not_final',
    withAfter(cancelledRace(), { job: { ...cancelled, status: 'running', finished_at: null } }),
  ],
  ['it is gone', 'lost_job', withAfter(cancelledRace(), { job: null })],
  ['the list lacks it', 'lost_job', withAfter(cancelledRace(), { listed: [] })],
  [
    'nobody won',
    'wrong_answer',
    retold(retold(cancelledRace(), 'cancel', refusedAs('cancelled')), 'again', refusedAs('cancelled')),
  ],
  [
    'a loser is told something else than 409',
    'wrong_answer',
    retold(cancelledRace(), 'fail', { status: 404, code: 'NOT_FOUND', says: null }),
  ],
  [
    'the holder of the lease is told that it is stale',
    'wrong_answer',
    retold(cancelledRace(), 'fail', { code: 'STALE_LEASE', says: null }),
  ],
  ['a made-up lease wins', 'wrong_answer', withRace(completedRace(), { lease: 'another' })],
  ['a heartbeat is refused', 'wrong_answer', retold(cancelledRace(), 'beat', { status: 409 })],
  ['somebody is told 500', 'server_error', retold(cancelledRace(), 'fail', { status: 500 })],
  ['somebody gets no answer', 'server_error', retold(cancelledRace(), 'fail', { status: null })],
  ['the audit gets no answer', 'server_error', withAfter(cancelledRace(), { unanswered: '503' })],
];

describe('The checker of races', () => {
  it('finds nothing wrong with races that went as they must', () => {
    for (const { race, after } of [cancelledRace(), completedRace()])
      expect(checkRace(race, after)).toEqual([]);
  });

  it.each(WRONG)('notices that %s', (_, kind, { race, after }) => {
    const violations = checkRace(race, after);
    expect(countByKind(violations)[kind], JSON.stringify(violations)).toBeGreaterThan(0);
  });

  it('takes a race for contended only if all three ends met', () => {
    const { race } = cancelledRace();
    expect(isContended(race)).toBe(true);
    const late = told({ act: 'fail', requestId: 'late', sentAt: 51, ...refusedAs('cancelled') });
    const others = race.told.filter((answer) => answer.act !== 'fail');
    expect(isContended({ ...race, told: [...others, late] })).toBe(false);
  });
});
