import type { Context } from 'hono';
import type { JobFilter } from '../account/jobs.ts';
import type { AppEnv } from '../http/context.ts';
import { accountObject, jobObject } from '../http/objects.ts';
import type { JobSnapshot } from '../job/record.ts';
import { log, whatFailed } from '../observe/log.ts';
import { isUnavailable, retrying } from '../rpc.ts';
import { jobRefused } from './job-refusal.ts';

/** After so many jobs a page ends, full or not. */
const MOST_SEEN = 300;

/**
 * A page of jobs as they are now. Those that turn out not to have the status that is asked for leave room for the next ones, but
 * not for ever: a page may be short though more follow.
 */
export async function presentPage(
  c: Context<AppEnv>,
  filter: JobFilter,
): Promise<{ jobs: JobSnapshot[]; next: number | null }> {
  const jobs: JobSnapshot[] = [];
  let [before, seen] = [filter.before, 0];
  for (;;) {
    const rest = { ...filter, before, limit: filter.limit - jobs.length };
    const page = await retrying(async () => await accountObject(c, c.get('apiKey').accountId).list(rest));
    const present = await Promise.all(
      page.jobs.map(async ({ job, isOpen }) => (isOpen ? await atPresent(c, job) : job)),
    );
    jobs.push(...present.filter(({ status }) => filter.status === null || status === filter.status));
    seen += page.jobs.length;
    if (page.next === null || jobs.length === filter.limit || seen >= MOST_SEEN)
      return { jobs, next: page.next };
    before = page.next;
  }
}

/**
 * A listed job as it is now. While it is out of reach, or its account is for it, there is no list, since a client may know more
 * of it than the account; one that is damaged does not spoil the list.
 */
async function atPresent(c: Context<AppEnv>, job: JobSnapshot): Promise<JobSnapshot> {
  const live = await unlessDamaged(
    job.id,
    async () => await jobObject(c, job.id).snapshot(c.get('apiKey').accountId),
  );
  if (live === null) return job;
  if (live.ok) return live.value;
  // One that is being deleted is listed once more.
  if (live.code === 'NOT_FOUND') return job;
  throw jobRefused(live);
}

/** What a job says, or null where it can say nothing any more. */
async function unlessDamaged<T>(id: string, ask: () => Promise<T>): Promise<T | null> {
  try {
    return await retrying(ask);
  } catch (error) {
    if (isUnavailable(error)) throw error;
    log('error', 'listed_job_damaged', { job_id: id, ...whatFailed(error) });
    return null;
  }
}
