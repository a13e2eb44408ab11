/** A refusal as a value: messages and classes of exceptions do not survive RPC. */
export interface Refusal<Code extends string> {
  readonly ok: false;
  readonly code: Code;
}

/** What an operation gave, or why it was refused. */
export type Outcome<Value, Refused extends Refusal<string>> =
  { readonly ok: true; readonly value: Value } | Refused;

/** A success with its value. */
export function granted<Value>(value: Value): { readonly ok: true; readonly value: Value } {
  return { ok: true, value };
}
