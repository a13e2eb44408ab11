/** A signal for one undertaking: aborted with the caller's, when its time is over, and when it is closed. */
export interface Deadline {
  readonly signal: AbortSignal;
  /** Puts the end at `ms` milliseconds from now; without them only the caller ends it. */
  readonly arm: (ms?: number) => void;
  /**
   * As `work` settles; rejects once the signal is aborted, even where `work` does not heed it. Node's `fetch` does not, once the
   * garbage collector has been by between the making of its `Request` and the abort.
   */
  readonly within: <T>(work: Promise<T>) => Promise<T>;
  /** Gives up whatever is still going on. Whoever holds a deadline closes it. */
  readonly close: () => void;
}

/** @throws the reason of the caller's signal, where that is aborted already. */
export function createDeadline(ms: number, caller: AbortSignal | undefined): Deadline {
  caller?.throwIfAborted();
  const controller = new AbortController();
  const { signal } = controller;
  let timer: ReturnType<typeof setTimeout> | null = null;
  const end = () => {
    controller.abort();
  };
  const arm = (ms?: number) => {
    if (timer !== null) clearTimeout(timer);
    timer = ms === undefined ? null : setTimeout(end, ms);
  };
  // Goes away with our own signal, so that nothing piles up at one that lives long.
  caller?.addEventListener('abort', end, { signal });
  arm(ms);
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => {
      reject(new DOMException('given up', 'AbortError'));
    });
  });
  // Whoever is not within the deadline does not miss it.
  aborted.catch(() => undefined);
  return {
    signal,
    arm,
    within: (work) => Promise.race([work, aborted]),
    close: () => {
      arm();
      end();
    },
  };
}

/** Resolves after `ms` milliseconds; rejects with the signal's reason as soon as it is aborted. */
export async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  const deadline = createDeadline(ms, signal);
  await new Promise<unknown>((resolve) => {
    deadline.signal.addEventListener('abort', resolve);
  });
  deadline.close();
  signal?.throwIfAborted();
}
