declare module 'vitest' {
  interface ProvidedContext {
    /** `engine-cases.json` of the shared folder, or null where the checkout stands alone. */
    engineCases: string | null;
    /** What the fuzzer is to do. */
    fuzz: import('./fuzz/plan.ts').FuzzPlan;
    /** Real months of the exchange by file name, as CSV, or null likewise. */
    realMonths: [name: string, csv: string | null][];
  }
}
export {};
