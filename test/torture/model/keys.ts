import type { KeyUse, World } from './world.ts';

/** The `Idempotency-Key`s of an account: each goes with the first request it was used for, for a day. Pure. */

const DAY_MS = 86_400_000;

/** What a key is taken for; null where it is free, or there is none. */
export function useOf(world: World, key: string | null): KeyUse | null {
  const use = key === null ? undefined : world.keys[key];
  return use !== undefined && world.now < use.until ? use : null;
}

/** Gives a key back, if it is taken for `use`. */
export function released(world: World, key: string | null, use: KeyUse): World {
  const taken = useOf(world, key);
  if (key === null || taken === null || !isSame(taken, use)) return world;
  return { ...world, keys: Object.fromEntries(Object.entries(world.keys).filter(([name]) => name !== key)) };
}

export function isSame(one: KeyUse, other: KeyUse): boolean {
  return one.on === other.on && one.body === other.body && one.job === other.job;
}

/** Takes a key that is free for `use`. Those that are over are forgotten then, and stay so should the clock go back. */
export function claimed(world: World, key: string | null, use: KeyUse): World {
  if (key === null) return world;
  const standing = Object.entries(world.keys).filter(([, { until }]) => world.now < until);
  return {
    ...world,
    keys: { ...Object.fromEntries(standing), [key]: { ...use, until: world.now + DAY_MS } },
  };
}
