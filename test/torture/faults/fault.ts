/** A mistake that could be made in the service, as a small patch of its source. The torture must notice each. */
export interface Fault {
  readonly name: string;
  /** What is wrong with the service then. */
  readonly what: string;
  readonly edits: readonly Edit[];
}

/** One passage of a source file, which must stand there exactly once, and what takes its place. */
export interface Edit {
  /** From the root of the checkout. */
  readonly file: string;
  readonly old: string;
  readonly new: string;
}

/**
 * Applies to a source what of `fault` belongs to it.
 * @throws Error where a passage does not stand there exactly once: the fault has to be brought up to date.
 */
export function patched(fault: Fault, file: string, source: string): string {
  let text = source;
  for (const edit of fault.edits.filter((each) => each.file === file)) {
    const found = text.split(edit.old).length - 1;
    if (found !== 1) {
      const passage = `stands in ${file} ${String(found)} times instead of once:\n${edit.old}`;
      throw new Error(`The fault "${fault.name}" does not fit the source any more; this ${passage}`);
    }
    text = text.replace(edit.old, () => edit.new);
  }
  return text;
}
