import { Account } from '../../src/account/account.ts';
import { IdempotencyStore } from '../../src/account/idempotency.ts';
import { JobIndex } from '../../src/account/jobs.ts';
import { BacktestJob } from '../../src/job/backtest-job.ts';
import { JobStore } from '../../src/job/store.ts';
import { intercept } from '../support/intercept.ts';
import type { Call, Platform } from './model/world.ts';

/** The platform beneath the service, made to fail where it may: calls between objects, the queue, and the life of an object. */

/** The moments at which an object may die: after it has written something, before that is safe. */
const CRASH_POINTS = {
  change: { prototype: JobStore.prototype, method: 'writeChange', of: 'job' },
  renewal: { prototype: JobStore.prototype, method: 'writeRenewal', of: 'job' },
  acknowledgement: { prototype: JobStore.prototype, method: 'writePublished', of: 'job' },
  intent: { prototype: JobIndex.prototype, method: 'insertIntent', of: 'account' },
  note: { prototype: JobIndex.prototype, method: 'touch', of: 'account' },
  claim: { prototype: IdempotencyStore.prototype, method: 'insert', of: 'account' },
  news: { prototype: JobIndex.prototype, method: 'apply', of: 'account' },
  slots: { prototype: JobIndex.prototype, method: 'takeSlots', of: 'account' },
} as const;
export type CrashPoint = keyof typeof CRASH_POINTS;

/** Which of them a call may come by. */
export function crashPoints(call: Call['call']): readonly CrashPoint[] {
  switch (call) {
    case 'create':
      return ['intent', 'news', 'slots'];
    case 'cancel':
      return ['note', 'claim', 'change', 'acknowledgement', 'news', 'slots'];
    case 'ring account':
      return ['slots', 'news'];
    case 'heartbeat':
      return ['renewal', 'change'];
    case 'start':
    case 'complete':
    case 'fail':
      return ['note', 'change', 'acknowledgement', 'news', 'slots'];
    default:
      return ['change', 'acknowledgement', 'news', 'slots'];
  }
}

/** The runtime reports every exception that leaves an object, save ones with the messages of its own that follow. */
const RESET = 'disconnected: operation canceled';
const DEATH = 'Instance dispose';

/** The objects that a call may bring down. */
export interface Victims {
  job: DurableObjectState | null;
  account: DurableObjectState;
}

/** A platform whose failures can be switched on and off. One at a time stands beneath the service of a test file. */
export class FailingPlatform {
  readonly #now: Platform = { account: 'ok', creation: 'ok', queue: 'ok' };
  readonly #restore: (() => void)[];

  /** @param heard what passes by: the body of each message the queue takes, and what jobs tell their accounts. */
  constructor(queue: Queue, heard: { sent: (body: unknown) => void; told: (news: unknown) => void }) {
    this.#restore = [
      intercept(Account.prototype, 'project', (proceed, [job]) => {
        heard.told(job);
        if (this.#now.account === 'deaf') throw unreachable();
        const answer = proceed();
        if (this.#now.account === 'mute') throw unreachable();
        return answer;
      }),
      intercept(BacktestJob.prototype, 'create', (proceed) => {
        if (this.#now.creation === 'unreachable') throw unreachable();
        const answer = proceed();
        if (this.#now.creation === 'broken') throw new Error(RESET);
        return answer;
      }),
      intercept(Object.getPrototypeOf(queue), 'send', (_, [body]) => {
        if (this.#now.queue === 'refuses') return Promise.reject(new Error('The queue is overloaded.'));
        heard.sent(body);
        return Promise.resolve();
      }),
    ];
  }

  set(platform: Platform): void {
    Object.assign(this.#now, platform);
  }

  restore(): void {
    for (const restore of this.#restore) restore();
  }
}

/**
 * Lets an object die once, just after it has written something and before that is safe, while `act` runs.
 * Gives what `act` does, and whether it came to that.
 */
export async function crashing<T>(
  at: CrashPoint,
  victims: Victims,
  act: () => Promise<T>,
): Promise<{ value: T; died: boolean }> {
  const { prototype, method, of } = CRASH_POINTS[at];
  let died = false;
  const restore = intercept(prototype, method, (proceed) => {
    const value = proceed();
    const victim = victims[of];
    if (!died && victim !== null) {
      died = true;
      try {
        victim.abort(DEATH);
      } catch (error) {
        // The object of another account came by: only an object's own code may end it.
        if (!isOfAnother(error)) throw error;
        died = false;
      }
    }
    return value;
  });
  try {
    return { value: await act(), died };
  } finally {
    restore();
  }
}

function isOfAnother(error: unknown): boolean {
  return error instanceof Error && error.message.includes('different Durable Object');
}

/** What the platform throws when an object was reset, which happens at every deploy. */
function unreachable(): Error {
  return Object.assign(new Error(RESET), { retryable: true });
}
