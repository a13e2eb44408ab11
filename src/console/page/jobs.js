/** The list of jobs, newest first. */

import { byId, make, setText } from './dom.js';
import { isActive, percent, summary, when } from './format.js';

/** @import { Job } from './types.d.ts' */

/**
 * A bar and its number; both are updated in place.
 */
export function createProgress() {
  const bar = make('progress');
  bar.max = 1;
  const number = make('span', 'percent');
  const element = make('span', 'progress', bar, number);
  return {
    element,
    /** @param {Job} job */
    update(job) {
      bar.value = job.progress;
      bar.setAttribute('aria-label', `Progress ${percent(job.progress)}`);
      setText(number, percent(job.progress));
      element.classList.toggle('moving', isActive(job));
    },
  };
}

/** A word for the status, with a colour of its own. */
export function createBadge() {
  const element = make('span', 'badge');
  return {
    element,
    /** @param {Job} job */
    update(job) {
      element.dataset.status = job.status;
      setText(element, job.status);
    },
  };
}

/** @param {Job} job */
function createRow(job) {
  const { template, symbols, timeframe, window } = summary(job.config);
  const badge = createBadge();
  const progress = createProgress();
  const link = make('a', 'open', template);
  link.href = `#${job.id}`;
  link.title = job.id;
  const element = make(
    'tr',
    '',
    make('td', '', badge.element),
    make(
      'td',
      'wrap',
      link,
      make('span', 'narrow', ` ${symbols} ${timeframe}`),
      make('span', 'narrow line', window),
    ),
    make('td', 'wide wrap', `${symbols} `, make('span', 'quiet', timeframe)),
    make('td', 'wide', window),
    make('td', '', progress.element),
    make('td', 'wide', when(job.submittedAt)),
  );
  return {
    element,
    /** @param {Job} now */
    update(now) {
      badge.update(now);
      progress.update(now);
    },
  };
}

/**
 * The list's part of the page. Rows are kept from one refresh to the next: the keyboard's focus stays where it is.
 * @param {{ onOlder: () => void, onRefresh: () => void }} handlers
 */
export function createJobsView({ onOlder, onRefresh }) {
  const body = byId('jobs-rows', HTMLTableSectionElement);
  const older = byId('jobs-older', HTMLButtonElement);
  const empty = byId('jobs-empty', HTMLElement);
  const count = byId('jobs-count', HTMLElement);
  /** @type {Map<string, ReturnType<typeof createRow>>} */
  let rows = new Map();
  older.addEventListener('click', onOlder);
  byId('jobs-refresh', HTMLButtonElement).addEventListener('click', onRefresh);

  return {
    /**
     * @param {readonly Job[]} jobs
     * @param {boolean} hasOlder
     */
    show(jobs, hasOlder) {
      const before = rows;
      rows = new Map(jobs.map((job) => [job.id, before.get(job.id) ?? createRow(job)]));
      for (const [id, row] of before) if (!rows.has(id)) row.element.remove();
      for (const [index, job] of jobs.entries()) {
        const row = rows.get(job.id);
        if (row === undefined) continue;
        row.update(job);
        const there = body.children.item(index);
        if (there !== row.element) body.insertBefore(row.element, there);
      }
      const active = jobs.filter(isActive).length;
      setText(count, active === 0 ? shortCount(jobs.length) : `${String(active)} under way`);
      empty.hidden = jobs.length > 0;
      older.hidden = !hasOlder;
    },
  };
}

/** @param {number} jobs */
function shortCount(jobs) {
  return jobs === 0 ? '' : `${String(jobs)} shown`;
}
