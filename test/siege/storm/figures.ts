import { isContended, winnersOf, type End, type Race } from '../checks/race.ts';
import { countByKind, type Counts, type Violation } from '../checks/violation.ts';

/** A side that wins less often than this has not raced. */
const LEAST_SHARE = 0.1;
/** In so many races all three sides must have been under way at once. */
const LEAST_CONTENDED = 0.5;

/** What a storm has shown. */
export interface StormFigures {
  readonly jobs: number;
  /** How many jobs each side has ended. */
  readonly won: Readonly<Record<End, number>>;
  /** Races in which all three sides were under way before the first was answered. */
  readonly contended: number;
  /** Jobs with an event stream. */
  readonly watched: number;
  /** Requests of the races; creates, event streams and the audit come on top. */
  readonly requests: number;
  readonly counts: Counts;
  readonly violations: readonly Violation[];
  /** Why the figures prove nothing, or null where they do. */
  readonly void: string | null;
}

/** Sums up a storm. Pure. */
export function stormFigures(races: readonly Race[], violations: readonly Violation[]): StormFigures {
  const won = (end: End) => races.filter((race) => winnersOf(race)[0]?.act === end).length;
  const figures = {
    jobs: races.length,
    won: { cancel: won('cancel'), complete: won('complete'), fail: won('fail') },
    contended: races.filter(isContended).length,
    watched: races.filter((race) => race.watched !== null).length,
    requests: races.reduce((sum, race) => sum + race.told.length, 0),
    counts: countByKind(violations),
    violations,
  };
  return { ...figures, void: whyVoid(figures) };
}

/** Races that one side cannot lose are none, and nothing that holds in them means much. */
function whyVoid({ jobs, won, contended }: Pick<StormFigures, 'jobs' | 'won' | 'contended'>): string | null {
  if (contended < LEAST_CONTENDED * jobs)
    return `All three sides were under way at once in ${String(contended)} of ${String(jobs)} races only.`;
  const [weak] = Object.entries(won).filter(([, count]) => count < LEAST_SHARE * jobs);
  return weak === undefined ? null : `${weak[0]} won ${String(weak[1])} of ${String(jobs)} races only.`;
}
