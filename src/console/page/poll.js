/** Repeats a refresh for as long as it asks to be repeated, and never while the tab is hidden. */

/**
 * @param {() => Promise<number | null>} refresh answers in how many milliseconds it wants to run again, or null
 */
export function createPoller(refresh) {
  let on = false;
  let busy = false;
  /** Counts calls for a refresh, so that one which comes during another is not lost. */
  let asked = 0;
  let timer = 0;

  /** @returns {Promise<void>} */
  async function run() {
    window.clearTimeout(timer);
    if (!on || document.hidden) return;
    asked += 1;
    if (busy) return;
    busy = true;
    const answering = asked;
    const delay = await refresh();
    busy = false;
    if (asked > answering) await run();
    else if (delay !== null) timer = window.setTimeout(() => void run(), delay);
  }

  document.addEventListener('visibilitychange', () => void run());

  return {
    /** Refreshes now, and goes on from there. */
    kick() {
      on = true;
      void run();
    },
    /** Stops until the next kick. */
    stop() {
      on = false;
      window.clearTimeout(timer);
    },
  };
}
