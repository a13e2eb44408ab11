import fc from 'fast-check';
import type { Platform } from './model/world.ts';

/**
 * What a history is made of. An action names its objects by number, counted from the newest, so that it means something in
 * whatever state it comes to, and shrinks by leaving others out.
 */

/** An action that is one call, so that it may be made beside others or be cut off. */
export type CallAction =
  /** `again`: the same body as with this key before. */
  | { do: 'create'; key: number | null; again: boolean }
  /** The bytes of an earlier create. */
  | { do: 'resend'; which: number }
  | { do: 'start'; which: number; worker: number }
  /** Takes a message from the queue, or a copy of it, to the job it names. */
  | { do: 'deliver'; which: number; copy: boolean; worker: number }
  /** `elsewhere`: with the lease of another job. */
  | { do: 'heartbeat'; which: number; elsewhere: boolean; progress: number }
  | { do: 'complete'; which: number; elsewhere: boolean; result: number }
  | { do: 'fail'; which: number; elsewhere: boolean }
  /** `elsewhere`: with a key as creates have them, and cancels of other jobs. */
  | { do: 'cancel'; which: number; key: number | null; elsewhere: boolean; reason: string | null }
  | { do: 'get' | 'audit'; which: number }
  /** Runs an alarm's handler: because it is set, however early or late, or once more though it is not. */
  | { do: 'ring'; which: number; again: boolean }
  | { do: 'ring account'; again: boolean };

/** An action that is one call, made by itself. */
export type LoneAction =
  | { do: 'stranger'; which: number }
  | { do: 'list' }
  /** A delivery to the service's own consumer, which runs the backtest; or to that of dead letters. */
  | { do: 'execute' | 'bury'; which: number; copy: boolean }
  /** A telling of a job to its account arrives once more, or at last. */
  | { do: 'tell'; which: number };

/** What comes over the service without a call. */
export type EventAction =
  | { do: 'lose message' | 'evict'; which: number }
  | { do: 'evict account' | 'abort all' }
  | { do: 'wait' | 'turn back'; ms: number }
  | { do: 'slots'; slots: number }
  | { do: 'platform'; platform: Partial<Platform> };

export type Action =
  | CallAction
  | LoneAction
  | EventAction
  /** Time goes by until the next alarm, which rings. */
  | { do: 'next alarm' }
  | { do: 'at once'; calls: CallAction[] }
  /** `moment` numbers the moments of such a call at which an object may die. */
  | { do: 'crash'; moment: number; call: CallAction };

const which = fc.nat({ max: 5 });
const worker = fc.nat({ max: 1 });
const key = fc.option(fc.nat({ max: 2 }), { freq: 2 });
const copy = fc.boolean();
const rarely = fc.integer({ min: 0, max: 9 }).map((n) => n === 9);

const CALLS: fc.WeightedArbitrary<CallAction>[] = [
  { weight: 8, arbitrary: fc.record({ do: fc.constant('create'), key, again: copy }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('resend'), which }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('start'), which, worker }) },
  { weight: 9, arbitrary: fc.record({ do: fc.constant('deliver'), which, copy, worker }) },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('heartbeat'),
      which,
      elsewhere: rarely,
      progress: fc.nat({ max: 4 }).map((n) => n / 4),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('complete'),
      which,
      elsewhere: rarely,
      result: fc.nat({ max: 1 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('fail'), which, elsewhere: rarely }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('cancel'),
      which,
      key,
      elsewhere: rarely,
      reason: fc.constantFrom(null, 'enough', 'genug'),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('get', 'audit'), which }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('ring'), which, again: copy }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('ring account'), again: copy }) },
];

const call = fc.oneof(...CALLS);

const platform = fc.oneof(
  fc.record({ account: fc.constantFrom('ok', 'deaf', 'mute') }),
  fc.record({ creation: fc.constantFrom('ok', 'unreachable', 'broken') }),
  fc.record({ queue: fc.constantFrom('ok', 'refuses') }),
);

/** Both sides of every period that means something: an intent's 5 s, a lease's and a signature's 30 s, a key's day. */
const waits = fc.constantFrom(1, 999, 4999, 5000, 10_000, 29_999, 30_000, 30_001, 61_000, 86_400_000);

const action = fc.oneof<fc.WeightedArbitrary<Action>[]>(
  { weight: 50, arbitrary: call },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('stranger'), which }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('list') }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('execute', 'bury'), which, copy }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('tell'), which: fc.nat({ max: 9 }) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('lose message', 'evict'), which }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('evict account', 'abort all') }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('next alarm') }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('wait'), ms: waits }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('turn back'), ms: fc.constantFrom(1, 1500) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('slots'), slots: fc.integer({ min: 1, max: 3 }) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('platform'), platform }) },
  {
    weight: 10,
    arbitrary: fc.record({
      do: fc.constant('at once'),
      calls: fc.array(call, { minLength: 2, maxLength: 4 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('crash'), moment: fc.nat({ max: 4 }), call }),
  },
);

/** Histories of one account. */
export const histories = fc.array(action, { minLength: 1, maxLength: 80, size: 'max' });
