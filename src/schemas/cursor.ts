/** List cursors: a place in an account's sequence of jobs, which later jobs and changes of status do not move. */

/** The cursor that goes on after the job with this sequence number. */
export function encodeCursor(seq: number): string {
  return btoa(`s${String(seq)}`).replaceAll('=', '');
}

/** The sequence number of a cursor; null for a text that {@link encodeCursor} never gave out. */
export function decodeCursor(cursor: string): number | null {
  try {
    const seq = Number(/^s([1-9][0-9]{0,14})$/.exec(atob(cursor))?.[1] ?? NaN);
    return Number.isNaN(seq) || encodeCursor(seq) !== cursor ? null : seq;
  } catch {
    return null;
  }
}
