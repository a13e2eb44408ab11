import { env } from 'cloudflare:workers';
import { administer, call, exchange, hmac, type Answer } from '../support/client.ts';
import { accountStub, jobStub } from '../support/jobs.ts';
import { proofOf } from './proof.ts';
import { SPENDING } from './spending.ts';
import { stateOf } from './state.ts';
import type { Ground } from './world.ts';

/** The service in this very runtime, with its objects and buckets. */
export const inside: Ground = {
  administer: async (method, target, body) => admitted(await administer(method, target, body)),
  call: async (who, method, target, body) => admitted(await call(who, method, target, body)),
  look: async ({ trader, poor, spare }, { queued = '', running = '', done = '', foreign = '' }) =>
    await stateOf(
      {
        account: accountStub(trader),
        poor: accountStub(poor),
        spare: accountStub(spare),
        queued: jobStub(queued),
        running: jobStub(running),
        done: jobStub(done),
        foreign: jobStub(foreign),
      },
      SPENDING,
    ),
  send: async (shot, cast) => {
    // As the Worker sees it: with dots resolved and odd characters encoded.
    const { pathname, search } = new URL(`https://any.test${shot.target}`);
    const seen = { ...shot, target: pathname + search };
    const headers = new Headers(await proofOf(seen, cast, env.ADMIN_TOKEN ?? '', hmac));
    for (const [name, value] of shot.headers) headers.set(name, value);
    const body = shot.body.length === 0 ? {} : { body: shot.body };
    return await exchange(seen.target, { method: shot.method, headers, ...body });
  },
};

function admitted({ status, text, json }: Answer): unknown {
  if (status >= 400) throw new Error(text);
  return json;
}
