import type { Context } from 'hono';
import type { Actor } from '../job/store.ts';
import type { AppEnv } from './context.ts';

/** Who makes a signed request, as an object hears of it. To be asked once: a call that is repeated is the same arrival. */
export function actorOf(c: Context<AppEnv>): Actor & { readonly accountId: string } {
  const { text: actor, accountId } = c.get('apiKey');
  return { actor, accountId, requestId: c.get('requestId'), arrival: crypto.randomUUID() };
}
