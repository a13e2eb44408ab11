/** What the API answers, as far as the console reads it. */

export type Fields = Readonly<Record<string, unknown>>;

export interface JobResult {
  metrics: Fields;
  /** Instant and equity, oldest first. Empty in a listed job. */
  curve: readonly (readonly [string, string])[];
  trades: readonly Fields[];
  warnings: readonly { code: string; message: string }[];
}

export interface Job {
  id: string;
  status: string;
  config: Fields;
  submittedAt: string;
  startedAt: string;
  finishedAt: string;
  progress: number;
  result: JobResult | null;
  error: { code: string; message: string } | null;
}

export interface JobPage {
  jobs: Job[];
  nextCursor: string | null;
}

/** A parameter of a template: a whole number, or else a decimal. */
export interface Parameter {
  name: string;
  description: string;
  whole: boolean;
  required: boolean;
}

export interface Template {
  id: string;
  title: string;
  description: string;
  multiSymbol: boolean;
  params: readonly Parameter[];
}

export interface AuditRow {
  at: string;
  from: string;
  to: string;
  actor: string;
  reason: string;
}

export interface ErrorDetail {
  path: string;
  message: string;
}
