import { describe, expect, it } from 'vitest';
import {
  NEW_JOB,
  isFinal,
  transition,
  type Decision,
  type JobEvent,
  type JobState,
} from '../../src/job/machine.ts';

const T0 = 1_750_000_000_000;
const LEASE_MS = 30_000;
const ERROR = { code: 'TEMPLATE_ERROR', message: 'BELOW_MIN_NOTIONAL' } as const;

const start: JobEvent = { type: 'start', lease: 'L1', leaseMs: LEASE_MS };
const complete: JobEvent = { type: 'complete', lease: 'L1', resultDigest: 'abc' };
const fail: JobEvent = { type: 'fail', lease: 'L1', error: ERROR };
const cancel: JobEvent = { type: 'cancel', reason: 'changed my mind' };
const deadLetter: JobEvent = { type: 'dead_letter' };
const tick = (maxAttempts = 3): JobEvent => ({ type: 'tick', maxAttempts });
const beat = (progress: number, lease = 'L1'): JobEvent => ({
  type: 'heartbeat',
  lease,
  progress,
  leaseMs: LEASE_MS,
});

function after(job: JobState, event: JobEvent, now: number): JobState {
  const decision = transition(job, event, now);
  if (decision.kind === 'refused') throw new Error(`refused: ${decision.code}`);
  return decision.state;
}

const running = after(after(NEW_JOB, start, T0), beat(0.4), T0 + 1000);
const done = after(running, complete, T0 + 2000);
const failed = after(running, fail, T0 + 2000);
const cancelled = after(running, cancel, T0 + 2000);
const FINAL = { done, failed, cancelled };

describe('a queued job', () => {
  it('starts: a lease, an attempt, a start time', () => {
    expect(transition(NEW_JOB, start, T0)).toEqual({
      kind: 'changed',
      state: {
        ...NEW_JOB,
        status: 'running',
        attempt: 1,
        lease: 'L1',
        leaseExpiresAt: T0 + LEASE_MS,
        startedAt: T0,
      },
      change: { from: 'queued', to: 'running', at: T0, reason: null },
    });
  });

  it('is cancelled with the reason in the trail', () => {
    expect(transition(NEW_JOB, cancel, T0)).toEqual({
      kind: 'changed',
      state: { ...NEW_JOB, status: 'cancelled', finishedAt: T0 },
      change: { from: 'queued', to: 'cancelled', at: T0, reason: 'changed my mind' },
    });
  });

  it('fails when its message is dead', () => {
    expect(transition(NEW_JOB, deadLetter, T0)).toMatchObject({
      kind: 'changed',
      state: { status: 'failed', finishedAt: T0, error: { code: 'WORKER_LOST' } },
      change: { from: 'queued', to: 'failed' },
    });
  });

  it.each([beat(0.5), complete, fail])('refuses $type: nobody holds a lease', (event) => {
    expect(transition(NEW_JOB, event, T0)).toEqual({
      kind: 'refused',
      code: 'STALE_LEASE',
      status: 'queued',
    });
  });

  it('has nothing that could be due', () => {
    expect(transition(NEW_JOB, tick(), T0)).toEqual({ kind: 'unchanged', state: NEW_JOB });
  });
});

describe('a running job', () => {
  it('refuses another start', () => {
    const second: JobEvent = { type: 'start', lease: 'L2', leaseMs: LEASE_MS };
    expect(transition(running, second, T0)).toEqual({
      kind: 'refused',
      code: 'INVALID_STATE',
      status: 'running',
    });
  });

  it('renews its lease, and its progress never falls', () => {
    expect(transition(running, beat(0.3), T0 + 5000)).toEqual({
      kind: 'renewed',
      state: { ...running, progress: 0.4, leaseExpiresAt: T0 + 5000 + LEASE_MS },
    });
    expect(transition(running, beat(0.7), T0 + 5000)).toMatchObject({ state: { progress: 0.7 } });
  });

  it('completes: progress 1, the winning lease remembered', () => {
    expect(transition(running, complete, T0 + 2000)).toEqual({
      kind: 'changed',
      state: {
        ...running,
        status: 'done',
        progress: 1,
        leaseExpiresAt: null,
        finishedAt: T0 + 2000,
        resultDigest: 'abc',
      },
      change: { from: 'running', to: 'done', at: T0 + 2000, reason: null },
    });
  });

  it('fails with the worker’s error', () => {
    expect(transition(running, fail, T0 + 2000)).toEqual({
      kind: 'changed',
      state: {
        ...running,
        status: 'failed',
        lease: null,
        leaseExpiresAt: null,
        finishedAt: T0 + 2000,
        error: ERROR,
      },
      change: { from: 'running', to: 'failed', at: T0 + 2000, reason: null },
    });
  });

  it('is cancelled and keeps its progress', () => {
    expect(transition(running, cancel, T0 + 2000)).toEqual({
      kind: 'changed',
      state: { ...running, status: 'cancelled', lease: null, leaseExpiresAt: null, finishedAt: T0 + 2000 },
      change: { from: 'running', to: 'cancelled', at: T0 + 2000, reason: 'changed my mind' },
    });
    expect(cancelled.progress).toBe(0.4);
  });

  it.each([
    beat(0.9, 'old'),
    { type: 'complete', lease: 'old', resultDigest: 'abc' } as const,
    { type: 'fail', lease: 'old', error: ERROR } as const,
  ])('refuses $type with a superseded lease', (event) => {
    expect(transition(running, event, T0)).toEqual({
      kind: 'refused',
      code: 'STALE_LEASE',
      status: 'running',
    });
  });

  it('keeps its worker until the lease expires, to the millisecond', () => {
    const expiry = T0 + 1000 + LEASE_MS;
    expect(transition(running, tick(), expiry - 1)).toEqual({ kind: 'unchanged', state: running });
    expect(transition(running, tick(), expiry)).toEqual({
      kind: 'changed',
      state: { ...running, status: 'queued', progress: 0, lease: null, leaseExpiresAt: null },
      change: { from: 'running', to: 'queued', at: expiry, reason: null },
    });
  });

  it('fails with WORKER_LOST when its attempts are used up', () => {
    expect(transition(running, tick(1), T0 + 1000 + LEASE_MS)).toMatchObject({
      kind: 'changed',
      state: { status: 'failed', progress: 0.4, error: { code: 'WORKER_LOST' } },
      change: { from: 'running', to: 'failed' },
    });
  });

  it('is not touched by a dead duplicate of its message', () => {
    expect(transition(running, deadLetter, T0)).toEqual({ kind: 'unchanged', state: running });
  });

  it('keeps its first start time over attempts', () => {
    const again = after(
      after(running, tick(), T0 + 60_000),
      { type: 'start', lease: 'L2', leaseMs: 1 },
      T0 + 70_000,
    );
    expect(again).toMatchObject({ attempt: 2, startedAt: T0, lease: 'L2', progress: 0 });
  });
});

describe.each(Object.entries(FINAL))('a %s job', (status, job) => {
  const refused: Decision = { kind: 'refused', code: 'INVALID_STATE', status: job.status };

  it('is final', () => {
    expect(job.status).toBe(status);
    expect(isFinal(job.status)).toBe(true);
  });

  it.each([start, fail, cancel])('refuses $type', (event) => {
    expect(transition(job, event, T0 + 9000)).toEqual(refused);
  });

  it('refuses a completion that is not the one that won', () => {
    expect(transition(job, { type: 'complete', lease: 'L1', resultDigest: 'other' }, T0 + 9000)).toEqual(
      refused,
    );
    expect(transition(job, { type: 'complete', lease: 'L2', resultDigest: 'abc' }, T0 + 9000)).toEqual(
      refused,
    );
  });

  it.each([tick(), tick(1), deadLetter, beat(0.9), beat(0.9, 'old')])('is left alone by $type', (event) => {
    expect(transition(job, event, T0 + 10 * LEASE_MS)).toEqual({ kind: 'unchanged', state: job });
  });
});

it('a repeated completion of the winner finds the job done', () => {
  expect(transition(done, complete, T0 + 9000)).toEqual({ kind: 'unchanged', state: done });
});

it('queued and running are not final', () => {
  expect([isFinal('queued'), isFinal('running')]).toEqual([false, false]);
});
