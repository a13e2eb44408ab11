import { countByKind, type Counts, type Violation } from '../checks/violation.ts';
import type { Entry } from './load.ts';
import type { Kill } from './plan.ts';
import type { RecoveryFigures } from './recovery.ts';

/** A kill, and how the service came back until the next one. */
export interface Restart {
  readonly when: Kill['when'];
  /** Milliseconds from its start until it answered; null where it was killed before. */
  readonly upMs: number | null;
  /** Null where it was killed before it answered. */
  readonly recovery: RecoveryFigures | null;
}

/** The middle one and the largest of some times in milliseconds; null of none. */
export interface Times {
  readonly times: number;
  readonly medianMs: number;
  readonly worstMs: number;
}

/** What the kills have shown. */
export interface KillFigures {
  readonly kills: Readonly<Record<Kill['when'], number>>;
  /** Kills after which jobs were found that were not final. */
  readonly interrupting: number;
  readonly created: number;
  readonly watched: number;
  readonly cancelled: number;
  /** Cancels that came too late. */
  readonly refused: number;
  /** Requests the clients made, and what they had to repeat. */
  readonly attempts: Attempts;
  readonly up: Times | null;
  readonly moved: Times | null;
  readonly final: Times | null;
  readonly counts: Counts;
  readonly violations: readonly Violation[];
  /** Why the figures prove nothing, or null where they do. */
  readonly void: string | null;
}

/** How often clients asked, and how often they had to ask again. */
export interface Attempts {
  readonly all: number;
  readonly status5xx: number;
  readonly unanswered: number;
}

/** Kills that interrupt nothing are no test: half of those that were looked after must have. */
const LEAST_INTERRUPTING = 0.5;

/** Sums up so many kills. Pure. */
export function killFigures(
  restarts: readonly Restart[],
  entries: readonly Entry[],
  attempts: Attempts,
  violations: readonly Violation[],
): KillFigures {
  const at = (when: Kill['when']) => restarts.filter((restart) => restart.when === when).length;
  const recoveries = restarts.flatMap(({ recovery }) => recovery ?? []);
  const interrupting = recoveries.filter(({ interrupted }) => interrupted > 0).length;
  const enough = interrupting >= LEAST_INTERRUPTING * recoveries.length;
  return {
    kills: { load: at('load'), recovery: at('recovery'), startup: at('startup') },
    interrupting,
    created: entries.filter(({ created }) => created !== null).length,
    watched: entries.filter(({ errand }) => errand.then === 'watch').length,
    cancelled: entries.filter(({ cancelled }) => cancelled !== null).length,
    refused: entries.filter(({ refusedAs }) => refusedAs !== null).length,
    attempts,
    up: times(restarts.map(({ upMs }) => upMs)),
    moved: times(recoveries.map(({ movedMs }) => movedMs)),
    final: times(recoveries.map(({ finalMs }) => finalMs)),
    counts: countByKind(violations),
    violations,
    void: enough
      ? null
      : `Only ${String(interrupting)} of ${String(restarts.length)} kills interrupted a job.`,
  };
}

function times(values: readonly (number | null)[]): Times | null {
  const known = values.filter((value) => value !== null).toSorted((a, b) => a - b);
  const [medianMs, worstMs] = [known[known.length >> 1], known.at(-1)];
  return medianMs === undefined || worstMs === undefined ? null : { times: known.length, medianMs, worstMs };
}
