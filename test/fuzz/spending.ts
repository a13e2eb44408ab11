/** Tables that every admitted request may write to, refused or not: it has its weight. */
export const SPENDING: readonly string[] = ['budget'];
