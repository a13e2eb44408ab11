/** Numbers that look random and are the same for the same seed (Marsaglia's xorshift of 32 bits). */
export class Random {
  #bits: number;

  /** @param seed any integer; only its lowest 32 bits count. */
  constructor(seed: number) {
    // Zero would stay zero, and seeds beside each other would begin alike.
    this.#bits = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) | 1;
    for (let turn = 0; turn < 4; turn++) this.below(2);
  }

  /** A whole number from 0 to below `limit`. */
  below(limit: number): number {
    this.#bits ^= this.#bits << 13;
    this.#bits ^= this.#bits >>> 17;
    this.#bits ^= this.#bits << 5;
    return Math.floor(((this.#bits >>> 0) / 2 ** 32) * limit);
  }

  /** Whether something happens that has this probability, 0 to 1. */
  chance(probability: number): boolean {
    return this.below(1_000_000) < probability * 1_000_000;
  }

  /** One of these. */
  pick<T>(from: readonly [T, ...T[]]): T {
    return from[this.below(from.length)] ?? from[0];
  }

  /** These in another order. */
  shuffled<T>(items: readonly T[]): T[] {
    return items
      .map((item) => ({ item, place: this.below(2 ** 31) }))
      .toSorted((a, b) => a.place - b.place)
      .map(({ item }) => item);
  }
}
