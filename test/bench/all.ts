import type { Contender } from './contenders.ts';
import { OWN } from './contenders.ts';
import { PEERS } from './peers.ts';

/** Everything that is measured, in its order. */
export const CONTENDERS: readonly Contender[] = [...OWN, ...PEERS];

/** The contender of a name. */
export function contenderOf(name: string | null | undefined): Contender {
  const found = CONTENDERS.find((each) => each.name === name);
  if (found === undefined) throw new Error(`There is no contender ${String(name)}.`);
  return found;
}
