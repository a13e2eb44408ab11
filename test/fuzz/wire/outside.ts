import { createHmac } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { sendAsAdmin, sendSigned, type Answer } from '../../../src/local/client.ts';
import { freePort } from '../../../src/local/ports.ts';
import { Service } from '../../../src/local/service.ts';
import { throwAway, type ThrowAway } from '../../../src/local/throw-away.ts';
import type { Exchange } from '../../support/contract.ts';
import type { State } from '../checkers.ts';
import { proofOf } from '../proof.ts';
import type { Places } from '../shot.ts';
import type { Cast, FilledShot, Ground, Key } from '../world.ts';
import { answersIn, type WireAnswer } from './answers.ts';
import { answererOf, mustLeaveNoTrace } from './checkers.ts';
import { talk } from './connection.ts';
import { mayEndEarly, type WireFault } from './faults.ts';
import { requestBytes } from './request-bytes.ts';
import { Store } from './store.ts';

/** Nothing happens by itself: no executor, and no lease that runs out. */
const VARS = { EXECUTOR: 'external', LEASE_MS: '3600000' };

const SHORTLY_MS = 700;
/** So long a request whose answer was lost may go on: what it does then is not the next one's doing. */
const LATE_MS = 1500;
const PATIENCE_MS = 20_000;

/** What is heard where nothing is. */
const NONE: WireAnswer = { status: 0, headers: new Headers(), text: '', whole: true };

/** The places of a world whose objects are known by other names in the store. */
const JOBS = ['queued', 'running', 'done', 'foreign'];

/** A real service on a port of its own, spoken to in bytes. */
export class Outside implements Ground {
  /** How the next shots are broken. */
  fault: WireFault = { do: 'nothing' };
  /** Whether the last answer was there to its end. */
  heardWhole = true;
  readonly #place: ThrowAway;
  readonly #port: number;
  readonly #service: Service;
  readonly #store: Store;

  private constructor(place: ThrowAway, port: number) {
    this.#place = place;
    this.#port = port;
    const { persistTo, envFile } = place;
    this.#service = new Service({ port, persistTo, envFile, vars: VARS, output: 'pipe' });
    this.#store = new Store(persistTo);
  }

  static async open(): Promise<Outside> {
    const outside = new Outside(throwAway(), await freePort());
    try {
      await outside.#service.ready();
      return outside;
    } catch (error) {
      await outside.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.#service.kill();
    this.#place.remove();
  }

  async administer(method: string, target: string, body: object): Promise<unknown> {
    const { url } = this.#service;
    return admitted(await sendAsAdmin(url, this.#place.adminToken, method, target, body));
  }

  async call({ apiKey, apiSecret }: Key, method: string, target: string, body?: object): Promise<unknown> {
    const who = { api_key: apiKey, api_secret: apiSecret };
    return admitted(await sendSigned(this.#service.url, who, method, target, body));
  }

  look({ spare }: Cast, places: Places): Promise<State> {
    const renamed = new Map(JOBS.map((name) => [places[name] ?? '', name]));
    renamed.set(spare.accountId, 'spare');
    const all = [...this.#store.read()].map(([label, rows]) => [renamed.get(label) ?? label, rows] as const);
    return Promise.resolve(new Map(all));
  }

  /** The first answer; status 0 where there was none. */
  async send(shot: FilledShot, cast: Cast): Promise<Exchange> {
    const proof = await proofOf(shot, cast, this.#place.adminToken, hmac);
    const own = shot.headers.map(([name]) => name.toLowerCase());
    const headers = [
      ['Host', `127.0.0.1:${String(this.#port)}`] as const,
      ['Connection', 'close'] as const,
      ...Object.entries(proof).filter(([name]) => !own.includes(name.toLowerCase())),
      ...shot.headers,
    ];
    const bytes = requestBytes(shot, headers, this.fault);
    const incomplete = mayEndEarly(this.fault);
    const heard = await talk(this.#port, bytes, incomplete ? SHORTLY_MS : PATIENCE_MS, isEndless);
    if (!heard.over && !incomplete) throw new Error(`There was no answer: ${heard.bytes.slice(0, 200)}`);
    const [{ whole, ...answer } = NONE] = answersIn(heard.bytes);
    const made = { ...seenOf(bytes, shot), ...answer };
    this.heardWhole = whole || made.method === 'HEAD' || isEndless(heard.bytes);
    if (!mustLeaveNoTrace(made) && answererOf(made) !== 'service') await delay(LATE_MS);
    return made;
  }
}

async function hmac(secret: string, message: Blob): Promise<string> {
  const bytes = new Uint8Array(await message.arrayBuffer());
  return createHmac('sha256', secret).update(bytes).digest('hex');
}

function admitted({ status, body }: Answer): unknown {
  if (status >= 400) throw new Error(JSON.stringify(body));
  return body;
}

/** An event stream goes on until its job ends; its head is enough. */
function isEndless(heard: string): boolean {
  const [head = '', rest] = heard.split('\r\n\r\n', 2);
  return rest !== undefined && /^content-type: text\/event-stream/im.test(head);
}

/** What a server that takes the bytes for a request sees in their first line. */
function seenOf(bytes: string, shot: FilledShot): { method: string; target: string } {
  const [head = ''] = bytes.trimStart().split('\r\n\r\n', 1);
  const [, written = shot.method, target = shot.target] = /^(\S+) (\S+) HTTP/.exec(head) ?? [];
  // Of an upgrade the local server makes a GET, whatever it was.
  const method = /^upgrade: websocket/im.test(head) ? 'GET' : written;
  return { method, target: target.replace(/^https?:\/\/[^/]*/, '') };
}
