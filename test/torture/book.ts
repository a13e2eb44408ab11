import type { CallAction, LoneAction } from './action.ts';
import type { Cast } from './adapter.ts';
import type { Call, News, Shown } from './model/world.ts';
import { hold, type Oath } from './invariants.ts';
import type { Exchange } from './worlds.ts';

/** More jobs make a history slower, not harder. */
const MOST_JOBS = 6;
const FIRST_TAG = 1001;
const MADE_UP = { id: '', lease: 'made-up' };

/** What clients, workers and the queue hold in their hands in the course of a history; it turns actions into calls. */
export class Book {
  readonly #cast: Cast;
  /** What the queue holds: the id of a job each. */
  readonly messages: string[] = [];
  /** What jobs told their account, whether it arrived or not. */
  readonly tellings: { id: string; news: News }[] = [];
  readonly oaths: Oath[] = [];
  readonly #jobs: string[] = [];
  readonly #leases: { id: string; lease: string }[] = [];
  readonly #creates: Extract<Call, { call: 'create' }>[] = [];

  constructor(cast: Cast) {
    this.#cast = cast;
  }

  /** The id of a job that a client knows; null where there is none. */
  job(which: number): string | null {
    return newest(this.#jobs, which);
  }

  /** Takes a message from the queue, or a copy of it. */
  message(which: number, copy: boolean): string | null {
    const id = newest(this.messages, which);
    if (id !== null && !copy) this.messages.splice(this.messages.lastIndexOf(id), 1);
    return id;
  }

  /** The call that an action comes to; null where there is nothing it could be about. */
  toCall(action: CallAction | LoneAction, now: number): Call | null {
    switch (action.do) {
      case 'list':
        return { call: 'list' };
      case 'ring account':
        return { call: 'ring account', again: action.again };
      case 'tell': {
        const telling = newest(this.tellings, action.which);
        return telling && { call: 'tell', ...telling };
      }
      case 'execute':
      case 'bury': {
        const id = this.message(action.which, action.copy);
        return id === null ? null : { call: action.do, id };
      }
      case 'create':
        return this.#create(action, now);
      case 'resend':
        return newest(this.#creates, action.which);
      case 'start':
        return this.#start(this.job(action.which), action.worker);
      case 'deliver':
        return this.#start(this.message(action.which, action.copy), action.worker);
      case 'heartbeat': {
        const held = this.#lease(action);
        return held && { call: 'heartbeat', ...held, progress: action.progress };
      }
      case 'complete': {
        const held = this.#lease(action);
        const result = `r${String(action.result)}`;
        return held && { call: 'complete', ...held, result, actor: this.#worker(0) };
      }
      case 'fail': {
        const held = this.#lease(action);
        return held && { call: 'fail', ...held, error: 'TEMPLATE_ERROR', actor: this.#worker(1) };
      }
      case 'cancel':
        return this.#cancel(action);
      case 'get':
      case 'audit':
      case 'stranger': {
        const id = this.job(action.which);
        return id === null ? null : { call: action.do, id };
      }
      case 'ring': {
        const id = this.job(action.which);
        return id === null ? null : { call: 'ring', id, again: action.again };
      }
    }
  }

  /** Takes note of an answer. */
  note({ call, answer }: Exchange): void {
    if (answer.kind === 'lease' && 'id' in call) this.#leases.push({ id: call.id, lease: answer.lease });
    if (answer.kind === 'job') this.#known(answer.job);
    if (answer.kind === 'jobs') for (const job of [...answer.jobs].reverse()) this.#known(job);
    if (call.call === 'cancel' && answer.kind === 'job') {
      const { status, progress, result } = answer.job;
      hold('cancel', status === 'cancelled' && result === null, () => `200 with a job that is ${status}`);
      this.oaths.push({ id: call.id, progress });
    }
  }

  #known({ id }: Shown): void {
    if (id !== null && !this.#jobs.includes(id)) this.#jobs.push(id);
  }

  /** A create like no other. */
  freshCreate(now: number, key: string | null = null): Extract<Call, { call: 'create' }> {
    const call = { call: 'create', tag: FIRST_TAG + this.#creates.length, key, signedAt: now } as const;
    this.#creates.push(call);
    return call;
  }

  #create({ key, again }: Extract<CallAction, { do: 'create' }>, now: number): Call | null {
    const name = key === null ? null : `create-${String(key)}`;
    const earlier = again && name !== null ? this.#creates.findLast((each) => each.key === name) : undefined;
    if (earlier === undefined && this.#creates.length >= MOST_JOBS) return null;
    return earlier === undefined ? this.freshCreate(now, name) : { ...earlier, signedAt: now };
  }

  #cancel({ which, key, elsewhere, reason }: Extract<CallAction, { do: 'cancel' }>): Call | null {
    const id = this.job(which);
    if (id === null) return null;
    const prefix = elsewhere ? 'create' : `cancel-${String(this.#jobs.indexOf(id))}`;
    const name = key === null ? null : `${prefix}-${String(key)}`;
    return { call: 'cancel', id, key: name, reason, actor: this.#cast.trader.apiKey };
  }

  #start(id: string | null, worker: number): Call | null {
    return id === null ? null : { call: 'start', id, actor: this.#worker(worker) };
  }

  #lease({ which, elsewhere }: { which: number; elsewhere: boolean }): { id: string; lease: string } | null {
    const held = newest(this.#leases, which) ?? MADE_UP;
    const id = elsewhere || held === MADE_UP ? this.job(which) : held.id;
    return id === null ? null : { id, lease: held.lease };
  }

  #worker(which: number): string {
    return this.#cast.workers[which]?.apiKey ?? '';
  }
}

/** Counted from the newest, and round again. */
function newest<T>(list: readonly T[], which: number): T | null {
  return list.length === 0 ? null : (list.at(-1 - (which % list.length)) ?? null);
}
