import type { Job, JobEvent, JobStatus } from '../../../src/client/index.ts';

/** What ends a job, and as what. */
export const ENDS = { cancel: 'cancelled', complete: 'done', fail: 'failed' } as const;
/** One of the keys of {@link ENDS}. */
export type End = keyof typeof ENDS;
/** What is asked of a job in a race. */
export type Act = End | 'start' | 'heartbeat';

/** A request about a job, and what it was answered. Times are in milliseconds of one clock of the asker's. */
export interface Told {
  readonly act: Act;
  /** What makes this request different from others of its kind: requests with the same mark repeat each other. */
  readonly mark: string;
  /** The lease that was sent. */
  readonly lease: string | null;
  /** The progress that was sent. */
  readonly progress: number | null;
  readonly by: string;
  readonly requestId: string;
  readonly sentAt: number;
  readonly answeredAt: number;
  /** The HTTP status; null without an answer. */
  readonly status: number | null;
  readonly code: string | null;
  /** Whether the answer calls itself a repeated one. */
  readonly replayed: boolean;
  /** The job's status as the answer names it: of a job, of a refusal, of a heartbeat that is to be the last. */
  readonly says: JobStatus | null;
  readonly job: Job | null;
}

/** All that was asked about one job and answered. */
export interface Race {
  readonly id: string;
  /** In the order of the asking. */
  readonly told: readonly Told[];
  /** The lease that was granted, if any. */
  readonly lease: string | null;
  /** What its event stream told, where it was watched. */
  readonly watched: readonly JobEvent[] | null;
}

/** An answer to a request that ends a job. */
export type EndTold = Told & { readonly act: End };

/** The answers to requests that end the job. */
export function endsOf(race: Race): EndTold[] {
  return race.told.filter((told): told is EndTold => told.act in ENDS);
}

/** The ends that were told they won, repetitions included, first answered first. */
export function winnersOf(race: Race): EndTold[] {
  return endsOf(race)
    .filter((told) => told.status === 200)
    .toSorted((a, b) => a.answeredAt - b.answeredAt);
}

/** Whether all three ends were under way before the first of them was answered. */
export function isContended(race: Race): boolean {
  const ends = endsOf(race);
  const first = Math.min(...ends.map((told) => told.answeredAt));
  return new Set(ends.filter((told) => told.sentAt < first).map((told) => told.act)).size === 3;
}

/** An answer, for the text of a violation. */
export function shown(told: Told): string {
  const answer = [told.status ?? 'no answer', told.code, told.says, told.replayed ? 'replayed' : null];
  const said = answer.filter((part) => part !== null).join(' ');
  return `${told.act} ${told.mark} (${told.requestId}) was answered ${said}`;
}
