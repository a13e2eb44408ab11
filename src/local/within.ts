/**
 * What `act` gives, if that is within so many milliseconds. The signal is aborted when they are over, and this rejects whatever
 * becomes of `act`: `fetch` holds its request and the signal of `AbortSignal.timeout` so weakly that, when its connection is lost
 * at a bad moment, both may be collected, and it never settles.
 * @throws Error when the time is up.
 */
export async function within<T>(ms: number, act: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const error = new Error(`There was no answer within ${String(ms / 1000)} s.`);
      controller.abort(error);
      reject(error);
    }, ms);
  });
  try {
    return await Promise.race([act(controller.signal), late]);
  } finally {
    clearTimeout(timer);
  }
}
