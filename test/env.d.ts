declare module 'vitest' {
  interface ProvidedContext {
    /** `engine-cases.json` of the shared folder, or null where the checkout stands alone. */
    engineCases: string | null;
  }
}
export {};
