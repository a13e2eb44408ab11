import { abortAllDurableObjects, evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { vi } from 'vitest';
import { administer } from '../support/client.ts';
import { accountStub, jobStub } from '../support/jobs.ts';
import type { Action, CallAction, EventAction, LoneAction } from './action.ts';
import { perform, type Cast } from './adapter.ts';
import { Book } from './book.ts';
import { Belief } from './belief.ts';
import { holdInvariants } from './invariants.ts';
import { isFinal, type Call, type Platform } from './model/world.ts';
import { observe } from './observe.ts';
import { crashing, crashPoints, type FailingPlatform } from './platform.ts';
import type { Seen, SeenObject } from './seen.ts';
import type { Tally } from './tally.ts';
import type { Exchange } from './worlds.ts';

/** The slots of an account before anything is said of them. */
const FIRST_SLOTS = 2;
const WEIGHT = 1_000_000;
/** From one ringing of an object to the next. */
const AGAIN_MS = 1000;
const WELL: Platform = { account: 'ok', creation: 'ok', queue: 'ok' };

/** One account on its way through a history: the real one, the worlds it may be in, and what was last seen of it. */
export class History {
  readonly book: Book;
  readonly #cast: Cast;
  readonly #platform: FailingPlatform;
  readonly #tally: Tally;
  readonly #belief: Belief;
  #seen: Seen;
  #platformNow = WELL;
  #latest: number;
  #turnedBack = 0;
  #queueStood = true;
  readonly #rang = new Map<string, number>();

  private constructor(cast: Cast, platform: FailingPlatform, tally: Tally, now: number) {
    this.#cast = cast;
    this.#platform = platform;
    this.#tally = tally;
    this.#latest = now;
    this.#seen = { now, jobs: [], alarm: null, slots: FIRST_SLOTS };
    this.#belief = new Belief({ now, jobs: [], keys: {}, spent: [], platform: WELL });
    this.book = new Book(cast);
  }

  /** Of an account nobody has used yet; the clock stands at `now`. */
  static async begin(cast: Cast, platform: FailingPlatform, tally: Tally, now: number): Promise<History> {
    vi.setSystemTime(now);
    platform.set(WELL);
    const history = new History(cast, platform, tally, now);
    await history.#limit(FIRST_SLOTS);
    return history;
  }

  /** What was seen after the last step. */
  get seen(): Seen {
    return this.#seen;
  }

  /** Does one thing, and holds the service to what the contract says of it. */
  async step(action: Action): Promise<void> {
    switch (action.do) {
      case 'at once':
        await this.#atOnce(action.calls.map((call) => this.#toCall(call)));
        return;
      case 'crash':
        await this.#crash(action.moment, this.#toCall(action.call));
        return;
      case 'next alarm':
        await this.nextAlarm();
        return;
      case 'lose message':
      case 'evict':
      case 'evict account':
      case 'abort all':
      case 'wait':
      case 'turn back':
      case 'slots':
      case 'platform':
        await this.#befall(action);
        this.#tally.count(action.do);
        await this.#look(false);
        return;
      default:
        await this.#atOnce([this.#toCall(action)]);
    }
  }

  /** Makes calls, without waiting for one before the next; those that are nothing are left out. */
  async #atOnce(wishes: readonly (Call | null)[]): Promise<void> {
    const calls = wishes.filter((call) => call !== null);
    if (calls.length === 0) return;
    const exchanges = await Promise.all(calls.map((call) => this.#exchange(call)));
    this.#belief.hear(exchanges);
    for (const exchange of exchanges) this.book.note(exchange);
    await this.#look(calls.length > 1);
  }

  /** Lets time go by until the next alarm, and rings it. False where none is set. */
  async nextAlarm(): Promise<boolean> {
    const set = this.#seen.jobs.map(({ id, object }) => ({
      name: id,
      alarm: object === null || isKept(object) ? null : object.alarm,
      call: { call: 'ring', id, again: false } as const,
    }));
    const own = {
      name: 'account',
      alarm: this.#seen.alarm,
      call: { call: 'ring account', again: false } as const,
    };
    const next = [...set, own]
      .flatMap(({ alarm, ...rest }) =>
        alarm === null ? [] : [{ ...rest, at: this.#ringsAt(rest.name, alarm) }],
      )
      .sort((a, b) => a.at - b.at)[0];
    if (next === undefined) return false;
    this.#setClock(next.at);
    this.#rang.set(next.name, next.at);
    await this.#atOnce([next.call]);
    return true;
  }

  /** An alarm that is due again as soon as it has rung must not keep the others from ringing. */
  #ringsAt(name: string, alarm: number): number {
    return Math.max(this.#seen.now, alarm, (this.#rang.get(name) ?? 0) + AGAIN_MS);
  }

  /** Creates one more job. */
  async create(): Promise<void> {
    await this.#atOnce([this.book.freshCreate(this.#seen.now)]);
  }

  /** Puts an end to every failure of the platform. */
  async heal(): Promise<void> {
    this.#setPlatform(WELL);
    await this.#look(false);
  }

  async #limit(slots: number): Promise<void> {
    const limits = { weight_per_minute: WEIGHT, max_running_jobs: slots };
    await administer('PUT', `/v1/admin/accounts/${this.#cast.trader.accountId}`, limits);
  }

  /** What comes over the service without a call. */
  async #befall(action: EventAction): Promise<void> {
    switch (action.do) {
      case 'lose message':
        this.book.message(action.which, false);
        return;
      case 'evict': {
        const id = this.book.job(action.which);
        if (id !== null) await evictDurableObject(jobStub(id));
        return;
      }
      case 'evict account': {
        await evictDurableObject(accountStub(this.#cast.trader));
        return;
      }
      case 'abort all': {
        await abortAllDurableObjects();
        return;
      }
      case 'wait':
        this.#setClock(this.#seen.now + action.ms);
        return;
      case 'turn back':
        this.#turnedBack += action.ms;
        this.#setClock(this.#seen.now - action.ms);
        return;
      case 'slots':
        await this.#limit(action.slots);
        this.#seen = { ...this.#seen, slots: action.slots };
        return;
      case 'platform':
        this.#setPlatform({ ...this.#platformNow, ...action.platform });
        return;
    }
  }

  async #crash(moment: number, wish: Call | null): Promise<void> {
    if (wish === null) return;
    const points = crashPoints(wish.call);
    const at = points[moment % points.length] ?? 'change';
    const victims = {
      job: 'id' in wish ? await stateOf(jobStub(wish.id)) : null,
      account: await stateOf(accountStub(this.#cast.trader)),
    };
    const { value: exchange, died } = await crashing(at, victims, () => this.#exchange(wish));
    if (died) {
      this.#tally.count('crash');
      this.#belief.hearCrash(exchange);
    } else this.#belief.hear([exchange]);
    this.book.note(exchange);
    await this.#look(died);
  }

  #toCall(action: CallAction | LoneAction): Call | null {
    return this.book.toCall(action, this.#seen.now);
  }

  async #exchange(call: Call): Promise<Exchange> {
    const exchange = { call, answer: await perform(this.#cast, call) };
    this.#tally.count(call.call);
    return exchange;
  }

  /** Compares what is stored with what may be. */
  async #look(blurred: boolean): Promise<void> {
    const before = this.#seen;
    const after = await observe(this.#cast.trader, before.slots);
    const queueStood = this.#queueStood;
    const turnedBack = this.#turnedBack;
    const latest = this.#latest;
    holdInvariants(before, after, { oaths: this.book.oaths, latest, turnedBack, blurred, queueStood });
    this.#belief.see(after);
    this.#seen = after;
  }

  #setClock(now: number): void {
    vi.setSystemTime(now);
    this.#latest = Math.max(this.#latest, now);
    this.#seen = { ...this.#seen, now };
    this.#belief.set({ now });
  }

  #setPlatform(platform: Platform): void {
    this.#platformNow = platform;
    this.#platform.set(platform);
    if (platform.queue === 'refuses') this.#queueStood = false;
    this.#belief.set({ platform });
  }
}

async function stateOf(stub: ReturnType<typeof jobStub> | ReturnType<typeof accountStub>) {
  return await runInDurableObject<DurableObject, DurableObjectState>(stub, (_, state) => state);
}

/** Whether nothing but the end of its retention is due of a job, for which histories are too short. */
function isKept({ status, told }: SeenObject): boolean {
  return isFinal(status) && told;
}
