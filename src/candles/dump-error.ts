/** Why a dump is refused. Stays inside this folder: `importCandles` turns it into a value. */
export class DumpError extends Error {
  /** The 1-based line at fault, null when it is the whole. */
  readonly line: number | null;

  constructor(line: number | null, message: string) {
    super(message);
    this.line = line;
  }
}
