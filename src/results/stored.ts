/**
 * The most bytes of a result that are kept in one row of the job's own database. The platform's limit is 2 MB a row, which
 * local runtimes do not enforce. What is larger goes to the bucket.
 */
export const ROW_BYTES = 1_000_000;

/** A result as its job keeps it: JSON in UTF-8, whole, or all but a middle part that lies in the bucket. Crosses RPC. */
export type StoredResult =
  | { readonly kind: 'row'; readonly bytes: Uint8Array }
  | {
      readonly kind: 'object';
      readonly key: string;
      /** What comes before the object's bytes and after them. */
      readonly before: Uint8Array;
      readonly after: Uint8Array;
    };
