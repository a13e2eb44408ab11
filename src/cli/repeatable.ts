import { sameCall } from '../client/failure.ts';
import { PipaiError, type Job, type PipaiClient } from '../client/index.ts';
import { quoted } from '../local/shell.ts';

/**
 * Makes a write under a key. Where nobody knows whether it acted, the client's error advises the same call again; here it
 * advises what a user of the command line can type.
 * @param given the user's own key.
 * @param retyped the command that asks again, of the flag that ends it.
 */
export async function repeatable<T>(
  given: string | undefined,
  retyped: (flag: string) => string,
  write: (idempotencyKey: string) => Promise<T>,
): Promise<T> {
  const key = given ?? crypto.randomUUID();
  try {
    return await write(key);
  } catch (error) {
    if (error instanceof PipaiError) {
      const command = retyped(`--idempotency-key ${quoted(key)}`);
      error.message = error.message.replace(sameCall(key), () => command);
    }
    throw error;
  }
}

/** How to cancel a job; {@link repeatable}. */
export interface Cancelling {
  readonly reason?: string | undefined;
  readonly idempotencyKey?: string | undefined;
}

/** Cancels a job so that a cancel in doubt can be asked about, whatever command it came from. */
export function cancelRepeatably(
  client: PipaiClient,
  id: string,
  { reason, idempotencyKey }: Cancelling,
): Promise<Job> {
  const note = reason === undefined ? '' : ` --reason ${quoted(reason)}`;
  return repeatable(
    idempotencyKey,
    (flag) => `"pipai cancel ${id}${note} ${flag}"`,
    (key) => client.cancel(id, { reason, idempotencyKey: key }),
  );
}
