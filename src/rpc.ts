const TRIES = 3;

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
  return mayRepeat(error) || platformSays(error, 'overloaded');
}

/**
 * Makes an idempotent call to another object, again where the platform says that this may help.
 * Never repeats a call that was refused for overload. `call` must take a new stub each time: one that threw stays broken.
 */
export async function retrying<T>(call: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await call();
    } catch (error) {
      const again = mayRepeat(error) && !platformSays(error, 'overloaded');
      if (!again || attempt === TRIES) throw error;
    }
  }
}
