/** Before each repetition, in milliseconds. An object that was reset is mostly there again at once. */
const PAUSES_MS: readonly number[] = [0, 200, 800];

/** Of a call without which a true answer can be given, too: nobody is to wait for it long. */
export const AT_ONCE: readonly number[] = [0, 0, 0];

/** What the platform says of a failed call to another object, as properties of the exception. */
function platformSays(error: unknown, property: 'retryable' | 'overloaded' | 'durableObjectReset'): boolean {
  return (
    typeof error === 'object' && error !== null && property in error && Reflect.get(error, property) === true
  );
}

/** An object that was reset under a call says so, and not always that the call may be repeated. */
function mayRepeat(error: unknown): boolean {
  return platformSays(error, 'retryable') || platformSays(error, 'durableObjectReset');
}

/** Whether a call failed because the other object could not be reached, was reset or is overloaded, rather than by a bug. */
export function isUnavailable(error: unknown): boolean {
  return error instanceof Unanswered || mayRepeat(error) || platformSays(error, 'overloaded');
}

/** A call was made again and again and not answered: whether the other object did what it was asked for is not known. */
export class Unanswered extends Error {
  override readonly name = 'Unanswered';

  constructor(cause: unknown) {
    super(cause instanceof Error ? cause.message : 'no answer', { cause });
  }
}

/**
 * Makes an idempotent call to another object, again where the platform says that this may help, with growing pauses.
 * A call that was refused for overload has done nothing and is not repeated: that would add to the load. Only where an earlier
 * try may have acted and its answer was lost, the overload is waited out, since no true answer could be given else.
 * `call` must take a new stub each time: one that threw stays broken.
 * @throws Unanswered when no try was answered, of which the first may have acted; else what the call threw.
 */
export async function retrying<T>(call: () => Promise<T>, pauses = PAUSES_MS): Promise<T> {
  let mayHaveActed = false;
  for (let tries = 1; ; tries++) {
    try {
      return await call();
    } catch (error) {
      const isOverloaded = platformSays(error, 'overloaded');
      if (isOverloaded ? !mayHaveActed : !mayRepeat(error)) throw error;
      const pause = pauses[tries - 1];
      if (pause === undefined) throw new Unanswered(error);
      mayHaveActed = true;
      // Somewhere in the later half, so that calls which failed together do not come back together.
      if (pause > 0) await scheduler.wait(pause * (0.5 + Math.random() / 2));
    }
  }
}
