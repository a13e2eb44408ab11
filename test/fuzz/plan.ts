/** What a run of the fuzzer is to do. */
export interface FuzzPlan {
  readonly seed: number;
  /** Requests inside the runtime, requests over sockets, and forgeries. */
  readonly requests: number;
  readonly wire: number;
  readonly forgeries: number;
  /** A single one to do again, as JSON; null for all. */
  readonly only: { readonly what: 'shot' | 'wire' | 'attempt'; readonly json: string } | null;
}

const SHORT = { requests: 1800, wire: 450, forgeries: 1000 };
const FULL = { requests: 16_000, wire: 4000, forgeries: 10_000 };

/** The plan that the environment asks for. `npm test` makes the short one, `npm run fuzz` the full one. */
export function fuzzPlan(env: Readonly<Record<string, string | undefined>>): FuzzPlan {
  const { FUZZ, FUZZ_SEED = '1', FUZZ_SHOT, FUZZ_WIRE, FUZZ_ATTEMPT } = env;
  const singles = [
    { what: 'shot', json: FUZZ_SHOT },
    { what: 'wire', json: FUZZ_WIRE },
    { what: 'attempt', json: FUZZ_ATTEMPT },
  ] as const;
  const only = singles.flatMap(({ what, json }) => (json === undefined ? [] : [{ what, json }]))[0] ?? null;
  return { seed: Number(FUZZ_SEED), ...(FUZZ === 'full' ? FULL : SHORT), only };
}
