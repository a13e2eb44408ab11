/** Counts things by several aspects. */
export class Tally {
  readonly #counts = new Map<string, Map<string, number>>();

  /** Counts one thing: its value under each aspect. */
  count(aspects: Readonly<Record<string, string>>): void {
    for (const [aspect, value] of Object.entries(aspects)) {
      const counts = this.#counts.get(aspect) ?? new Map<string, number>();
      counts.set(value, (counts.get(value) ?? 0) + 1);
      this.#counts.set(aspect, counts);
    }
  }

  /** The values that were counted under an aspect. */
  values(aspect: string): string[] {
    return [...(this.#counts.get(aspect)?.keys() ?? [])];
  }

  /** A line an aspect, its values from the most frequent to the least. */
  lines(): string[] {
    return [...this.#counts].map(([aspect, counts]) => {
      const sorted = [...counts].sort(([, a], [, b]) => b - a);
      return `  by ${aspect}: ${sorted.map(([value, count]) => `${value} ${String(count)}`).join(', ')}`;
    });
  }
}
