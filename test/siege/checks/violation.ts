/** What can be wrong about a job, from the worst on. */
const KINDS = [
  'lost_job',
  'undone_cancel',
  'double_end',
  'disagreement',
  'not_final',
  'wrong_answer',
  'server_error',
] as const;
/** One of the things that can be wrong about a job. */
export type ViolationKind = (typeof KINDS)[number];

const IN_WORDS: Readonly<Record<ViolationKind, string>> = {
  lost_job: 'jobs lost',
  undone_cancel: 'cancels undone',
  double_end: 'double ends',
  disagreement: 'disagreements',
  not_final: 'jobs not final',
  wrong_answer: 'answers that must not be',
  server_error: '5xx or no answer',
};

/** Something a checker has found. */
export interface Violation {
  readonly kind: ViolationKind;
  readonly job: string;
  /** What is wrong, with the facts it rests on. */
  readonly text: string;
}

/** How many violations there are of each kind. */
export type Counts = Readonly<Record<ViolationKind, number>>;

/** Counts violations by their kind. */
export function countByKind(violations: readonly Violation[]): Counts {
  const counts: Record<ViolationKind, number> = {
    lost_job: 0,
    undone_cancel: 0,
    double_end: 0,
    disagreement: 0,
    not_final: 0,
    wrong_answer: 0,
    server_error: 0,
  };
  for (const { kind } of violations) counts[kind] += 1;
  return counts;
}

/** Counts in one line for people. */
export function inWords(counts: Counts): string {
  return KINDS.map((kind) => `${String(counts[kind])} ${IN_WORDS[kind]}`).join(', ');
}

/** Collects what is wrong about one job. */
export class Findings {
  readonly found: Violation[] = [];
  readonly #job: string;

  constructor(job: string) {
    this.#job = job;
  }

  /** Notes a violation unless `holds`. */
  expect(holds: boolean, kind: ViolationKind, text: string): void {
    if (!holds) this.found.push({ kind, job: this.#job, text });
  }
}
