/** Counts what was done, by kind. */
export class Tally {
  readonly #counts = new Map<string, number>();
  #steps = 0;

  count(kind: string): void {
    this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + 1);
    this.#steps += 1;
  }

  get steps(): number {
    return this.#steps;
  }

  /** Kinds and how often, the most frequent first. */
  toString(): string {
    return [...this.#counts]
      .sort(([, a], [, b]) => b - a)
      .map(([kind, count]) => `${kind} ${String(count)}`)
      .join(', ');
  }
}
