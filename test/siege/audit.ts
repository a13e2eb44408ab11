import { PipaiError, type JobStatus } from '../../src/client/index.ts';
import { JOB_STATUSES } from '../../src/job/machine.ts';
import { messageOf } from '../../src/local/errors.ts';
import type { Trader } from '../../src/local/trader.ts';
import type { Aftermath } from './checks/aftermath.ts';
import type { Violation } from './checks/violation.ts';
import { inLanes } from './lanes.ts';

const LANES = 8;

/** What the service says of all jobs of an account when all is over. */
export interface Audit {
  /** Of each job that was asked for. */
  readonly aftermath: (id: string) => Aftermath;
  /** Jobs that only the list knows. */
  readonly strangers: Violation[];
}

/** Asks the service for these jobs one by one, for their trails, and for the list: whole, and status by status. */
export async function audit(trader: Trader, ids: readonly string[]): Promise<Audit> {
  const listed = Map.groupBy(await trader.list(), (job) => job.id);
  const lists = new Map<JobStatus, Set<string>>();
  for (const status of JOB_STATUSES)
    lists.set(status, new Set((await trader.list(status)).map(({ id }) => id)));
  const all = await inLanes(ids, LANES, async (id) => ({
    id,
    listed: listed.get(id) ?? [],
    listedAs: JOB_STATUSES.filter((status) => lists.get(status)?.has(id)),
    ...(await ask(trader, id)),
  }));
  const byId = new Map(all.map((aftermath) => [aftermath.id, aftermath]));
  const unknown = [...listed.keys()].filter((id) => !byId.has(id));
  const text = 'The list has it, and nobody was told of its creation.';
  return {
    aftermath: (id) => {
      const aftermath = byId.get(id);
      if (aftermath === undefined) throw new Error(`Nobody asked for ${id}.`);
      return aftermath;
    },
    strangers: unknown.map((job) => ({ kind: 'disagreement', job, text })),
  };
}

async function ask(trader: Trader, id: string): Promise<Pick<Aftermath, 'job' | 'trail' | 'unanswered'>> {
  try {
    const [job, trail] = await Promise.all([trader.get(id), trader.audit(id)]);
    return { job, trail, unanswered: null };
  } catch (error) {
    const absent = error instanceof PipaiError && error.status === 404;
    return { job: null, trail: [], unanswered: absent ? null : messageOf(error) };
  }
}
