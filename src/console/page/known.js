/** The jobs the page knows of, newest first, put together from answers that may come late or overlap. */

import { isActive } from './format.js';

/** @import { Job, JobPage } from './types.d.ts' */

/**
 * The state to believe of two: a final one is never left again, whatever answer is late.
 * @param {Job | undefined} known
 * @param {Job} heard
 * @returns {Job}
 */
export function newer(known, heard) {
  return known !== undefined && !isActive(known) && isActive(heard) ? known : heard;
}

/** An empty list. */
export function createKnownJobs() {
  /** @type {Job[]} */
  let jobs = [];
  /** @type {string | null} */
  let cursor = null;

  return {
    /** All known jobs, newest first. */
    all: () => jobs,
    /** Where the list goes on; null at its end. */
    cursor: () => cursor,
    /** @param {string} id */
    find: (id) => jobs.find((job) => job.id === id),
    forget() {
      jobs = [];
      cursor = null;
    },
    /**
     * Takes in the start of the list. What is known beyond stays, unless the list has moved on so far that a gap would be hidden.
     * @param {JobPage} page
     */
    takeNewest(page) {
      const heard = new Set(page.jobs.map(({ id }) => id));
      const overlap = jobs.findIndex(({ id }) => heard.has(id));
      // Submitted here while the list was on its way.
      const ahead = overlap < 0 ? (page.jobs.length === 0 ? jobs : []) : jobs.slice(0, overlap);
      const behind = overlap < 0 ? [] : jobs.slice(overlap).filter(({ id }) => !heard.has(id));
      const known = new Map(jobs.map((job) => [job.id, job]));
      jobs = [...ahead, ...page.jobs.map((job) => newer(known.get(job.id), job)), ...behind];
      if (behind.length === 0) cursor = page.nextCursor;
    },
    /**
     * Takes in the page at the cursor.
     * @param {JobPage} page
     */
    takeOlder(page) {
      const known = new Set(jobs.map(({ id }) => id));
      jobs = [...jobs, ...page.jobs.filter(({ id }) => !known.has(id))];
      cursor = page.nextCursor;
    },
    /**
     * Takes in one job; an unknown one is the newest.
     * @param {Job} job
     */
    take(job) {
      const index = jobs.findIndex(({ id }) => id === job.id);
      jobs = index < 0 ? [job, ...jobs] : jobs.with(index, newer(jobs[index], job));
    },
  };
}
