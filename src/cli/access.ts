import { PipaiClient } from '../client/index.ts';
import { traderAccess } from './environment.ts';
import type { Session } from './session.ts';

/** The service in the name of the key that the environment, or the checkout, gives. */
export async function trader(session: Session): Promise<PipaiClient> {
  return new PipaiClient(await traderAccess(session.io.env));
}
