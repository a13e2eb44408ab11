/**
 * Noise that is a pure function of a seed and a place. Integers and the four operations of IEEE 754 only, which every machine
 * computes alike; `Math.sin` and its like may differ in the last digit.
 */

/** 32 bits of hash as an unsigned integer, of a seed and an index of 32 bits each: the finalizer of MurmurHash3. */
export function hash(seed: number, index: number): number {
  let bits = seed ^ Math.imul(index, 0x9e3779b1);
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}

/** The hash as a number in [0, 1). */
export function unit(seed: number, index: number): number {
  return hash(seed, index) / 0x1_0000_0000;
}

/** The hash of a text, for use as a seed. */
export function textSeed(text: string): number {
  let bits = text.length;
  for (const character of text) bits = hash(bits, character.codePointAt(0) ?? 0);
  return bits;
}

/** Between 0 and 1 as `x` goes from 0 to 1, level at both ends. */
export function smooth(x: number): number {
  return x * x * (3 - 2 * x);
}

/** A smooth curve within [-1, 1] through a random value at every multiple of `spacing`. */
export function curve(seed: number, position: number, spacing: number): number {
  const index = Math.floor(position / spacing);
  const left = unit(seed, index);
  const right = unit(seed, index + 1);
  return 2 * (left + (right - left) * smooth((position - index * spacing) / spacing)) - 1;
}
