import { describe, expect, it } from 'vitest';
import type { Aftermath } from './aftermath.ts';
import { checkPromise, type Promised } from './promise.ts';
import { aftermath, ended, row, withoutResult } from './stories.ts';
import { countByKind, type ViolationKind } from './violation.ts';

interface Story {
  readonly promised: Promised;
  readonly after: Aftermath;
}

const ATTEMPTS = 3;
const cancelled = ended('cancelled');
const done = ended('done');
const lost = { ...ended('failed'), error: { code: 'WORKER_LOST', message: 'Gone.' } } as const;
const created = {
  ...cancelled,
  status: 'queued',
  started_at: null,
  finished_at: null,
  progress: 0,
} as const;

const UNTOUCHED = {
  created,
  createdAgain: created,
  reason: null,
  cancelled: null,
  cancelledAgain: null,
  refusedAs: null,
  waited: null,
  watched: null,
};

function cancelledStory(promised: Partial<Promised> = {}, after: Partial<Aftermath> = {}): Story {
  return {
    promised: { ...UNTOUCHED, reason: 'c1', cancelled, cancelledAgain: cancelled, ...promised },
    after: { ...aftermath(cancelled, { reason: 'c1' }), ...after },
  };
}

function doneStory(promised: Partial<Promised> = {}, after: Partial<Aftermath> = {}): Story {
  const watched = [{ id: '5', job: withoutResult(done) }];
  return { promised: { ...UNTOUCHED, watched, ...promised }, after: { ...aftermath(done, {}), ...after } };
}

/** A job whose worker was lost so many times. */
function lostStory(times: number): Story {
  const one = [
    row({ at: lost.started_at ?? '', from: 'queued', to: 'running' }),
    row({ from: 'running', to: 'queued' }),
  ];
  const all = Array.from({ length: times }, (_, turn) =>
    turn === 0 ? one : one.map((other) => ({ ...other, at: lost.finished_at ?? '' })),
  ).flat();
  const trail = [...all.slice(0, -1), row({ from: 'running', to: 'failed' })];
  return { promised: UNTOUCHED, after: { ...aftermath(lost, {}), trail } };
}

const WRONG: [what: string, kind: ViolationKind, story: Story][] = [
  ['a job is gone', 'lost_job', doneStory({}, { job: null, listed: [] })],
  ['the list has lost a job', 'lost_job', doneStory({}, { listed: [] })],
  [
    'the same create makes another job',
    'lost_job',
    doneStory({ createdAgain: { ...created, id: 'bt_other0' } }),
  ],
  ['the same create is refused', 'lost_job', doneStory({ createdAgain: null })],
  ['the same create is answered otherwise', 'disagreement', doneStory({ createdAgain: done })],
  ['a cancel is undone', 'undone_cancel', { ...doneStory(), promised: cancelledStory().promised }],
  [
    'a cancelled job has moved on',
    'undone_cancel',
    cancelledStory({}, { job: { ...cancelled, progress: 0.6 } }),
  ],
  ['the same cancel is refused', 'disagreement', cancelledStory({ cancelledAgain: null })],
  [
    'the cancel of nobody has acted',
    'disagreement',
    cancelledStory({ cancelled: null, cancelledAgain: null }),
  ],
  ['the audit row of a cancel is missing', 'disagreement', cancelledStory({}, { trail: [] })],
  ['a cancel was refused for another end', 'double_end', doneStory({ reason: 'c1', refusedAs: 'failed' })],
  ['a job never ends', 'not_final', doneStory({}, { job: { ...created, status: 'running' } })],
  [
    'a job fails for no good reason',
    'wrong_answer',
    { promised: UNTOUCHED, after: aftermath(ended('failed'), {}) },
  ],
  ['a worker is given up too soon', 'wrong_answer', lostStory(ATTEMPTS - 1)],
  ['whoever waited was told something else', 'disagreement', doneStory({ waited: lost })],
  ['a stream breaks off for good', 'disagreement', doneStory({ watched: [] })],
  ['the audit gets no answer', 'server_error', doneStory({}, { unanswered: '503' })],
];

describe('The checker of promises', () => {
  it('finds nothing wrong with a service that kept them', () => {
    for (const { promised, after } of [cancelledStory(), doneStory(), lostStory(ATTEMPTS)])
      expect(checkPromise(promised, after, ATTEMPTS)).toEqual([]);
  });

  it.each(WRONG)('notices that %s', (_, kind, { promised, after }) => {
    const violations = checkPromise(promised, after, ATTEMPTS);
    expect(countByKind(violations)[kind], JSON.stringify(violations)).toBeGreaterThan(0);
  });
});
