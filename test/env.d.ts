declare module 'vitest' {
  interface ProvidedContext {
    /** `engine-cases.json` of the shared folder, or null where the checkout stands alone. */
    engineCases: string | null;
    /** What the fuzzer is to do. */
    fuzz: import('./fuzz/plan.ts').FuzzPlan;
    /** The torture's first seed, the path to a failure it replays, how many steps it makes at least, whether it shrinks a failure. */
    torture: { seed: number; path: string | null; steps: number; shrink: boolean };
    /** Real months of the exchange by file name, as CSV, or null likewise. */
    realMonths: [name: string, csv: string | null][];
  }
}
export {};
