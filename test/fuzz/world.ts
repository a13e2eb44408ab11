import { z } from 'zod';
import { EMPTY_RESULT, GRID_JOB } from '../support/job-bodies.ts';
import type { Exchange } from '../support/contract.ts';
import type { State } from './checkers.ts';
import { bytesOf, fill, type Places, type Shot } from './shot.ts';

/** Accounts, keys and jobs that shots are about. */

/** An API key, its secret, and whose it is. */
export interface Key {
  apiKey: string;
  apiSecret: string;
  accountId: string;
}

/** A service as the fuzzer stands to it: inside the same runtime, or across a socket. */
export interface Ground {
  /** Sends a request with the administration token; gives the answer's JSON. Throws where it is refused. */
  administer(method: string, target: string, body: object): Promise<unknown>;
  /** Sends a request signed by a key; gives the answer's JSON. Throws where it is refused. */
  call(who: Key, method: string, target: string, body?: object): Promise<unknown>;
  /** What is stored of a cast and its jobs, but for what every admitted request may write. */
  look(cast: Cast, places: Places): Promise<State>;
  /** Sends a shot, its places filled. */
  send(shot: FilledShot, cast: Cast): Promise<Exchange>;
}

/** A shot as it will be sent, but for its proof. */
export interface FilledShot extends Omit<Shot, 'body'> {
  body: Uint8Array<ArrayBuffer>;
}

/** Whose keys shots are signed with. */
export interface Cast {
  trader: Key;
  /** Of the trader's account, so that its rows are seen with it. */
  worker: Key;
  /** Of another account, with a job, whose budget is spent. */
  poor: Key;
  /** A key to revoke and to replace, of an account whose limits may be set. */
  spare: Key;
}

/** The weight a minute of an account that shall never be limited. */
const PLENTY = 1_000_000;
/** The jobs that shots are about, by what they are. */
const MADE = ['queued', 'running', 'done'] as const;

const newKey = z.object({ api_key: z.string(), api_secret: z.string(), account_id: z.string() });
const job = z.object({ id: z.string() });
const leased = z.object({ lease: z.string() });

/** A small world in which each shot finds the same: what one has used up is made anew before the next. */
export class World {
  readonly #ground: Ground;
  readonly #cast: Cast;
  #places: Places;

  private constructor(ground: Ground, cast: Cast, places: Places) {
    this.#ground = ground;
    this.#cast = cast;
    this.#places = places;
  }

  /** @param name of the world, 1-24 characters of a-z and 0-9; its accounts' names begin so. */
  static async make(ground: Ground, name: string): Promise<World> {
    const cast = {
      trader: await mint(ground, `${name}trader`, ['read', 'trade']),
      worker: await mint(ground, `${name}trader`, ['worker']),
      poor: await mint(ground, `${name}poor`, ['read', 'trade']),
      spare: await mint(ground, `${name}spare`, ['read']),
    };
    await limit(ground, cast.trader, PLENTY);
    const foreign = await create(ground, cast.poor);
    await limit(ground, cast.poor, 1);
    const world = new World(ground, cast, { foreign });
    world.#offer(cast.spare);
    for (const each of MADE) await world.#make(each);
    return world;
  }

  /** What is stored. */
  async look(): Promise<State> {
    return await this.#ground.look(this.#cast, this.#places);
  }

  /** Sends a shot. */
  async fire(shot: Shot): Promise<Exchange> {
    const target = fill(shot.target, this.#places);
    const body = bytesOf(shot.body, this.#places);
    return await this.#ground.send({ ...shot, target, body }, this.#cast);
  }

  /** Makes anew what a shot has used up. Gives what is stored then. */
  async renew(before: State, after: State): Promise<State> {
    for (const name of MADE) if (differs(before, after, name)) await this.#make(name);
    if (differs(before, after, 'spare')) {
      this.#cast.spare = await mint(this.#ground, this.#cast.spare.accountId, ['read']);
      this.#offer(this.#cast.spare);
    }
    return await this.look();
  }

  async #make(name: (typeof MADE)[number]): Promise<void> {
    const { trader, worker } = this.#cast;
    const id = await create(this.#ground, trader);
    this.#places = { ...this.#places, [name]: id };
    if (name === 'queued') return;
    const target = `/v1/worker/jobs/${id}`;
    const { lease } = leased.parse(await this.#ground.call(worker, 'POST', `${target}/start`));
    if (name === 'running') this.#places = { ...this.#places, lease };
    else await this.#ground.call(worker, 'POST', `${target}/complete`, { lease, result: EMPTY_RESULT });
  }

  #offer(spare: Key): void {
    this.#places = { ...this.#places, account: spare.accountId, key: spare.apiKey };
  }
}

async function mint(ground: Ground, account: string, permissions: string[]): Promise<Key> {
  const answer = await ground.administer('POST', '/v1/admin/keys', { account_id: account, permissions });
  const key = newKey.parse(answer);
  return { apiKey: key.api_key, apiSecret: key.api_secret, accountId: key.account_id };
}

async function limit(ground: Ground, { accountId }: Key, weight: number): Promise<void> {
  await ground.administer('PUT', `/v1/admin/accounts/${accountId}`, { weight_per_minute: weight });
}

async function create(ground: Ground, who: Key): Promise<string> {
  return job.parse(await ground.call(who, 'POST', '/v1/backtest/jobs', GRID_JOB)).id;
}

function differs(before: State, after: State, place: string): boolean {
  return before.get(place)?.join('\n') !== after.get(place)?.join('\n');
}
