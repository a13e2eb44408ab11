/** One job in full. */

import { createCancelForm } from './cancel.js';
import { equityChart } from './chart.js';
import { byId, make, setText } from './dom.js';
import { configRows, isActive, summary, when } from './format.js';
import { createBadge, createProgress } from './jobs.js';
import { auditTable, metricsTable, pairs, tradesTable } from './tables.js';

/** @import { AuditRow, Job, JobResult } from './types.d.ts' */

/**
 * @param {string} title
 * @param {...Node} content
 */
function part(title, ...content) {
  return make('section', 'part', make('h3', '', title), ...content);
}

/** @param {JobResult} result */
function resultParts(result) {
  const warnings = result.warnings.map(({ code, message }) =>
    make('li', '', make('code', '', code), ' ', message),
  );
  return [
    ...(warnings.length > 0 ? [part('Warnings', make('ul', 'notice', ...warnings))] : []),
    part('Equity', equityChart(result.curve)),
    part('Metrics', metricsTable(result.metrics)),
    part('Trades', tradesTable(result.trades)),
  ];
}

/**
 * The detail's part of the page.
 * @param {{ onCancel: (id: string, reason: string) => Promise<void> }} handlers
 */
export function createJobView({ onCancel }) {
  const heading = byId('job-title', HTMLElement);
  const id = byId('job-id', HTMLElement);
  const body = byId('job-body', HTMLElement);
  const times = byId('job-times', HTMLElement);
  const badge = createBadge();
  const progress = createProgress();
  byId('job-status', HTMLElement).replaceChildren(badge.element, progress.element);
  const cancelForm = createCancelForm(onCancel);
  let shown = '';

  return {
    /** Empties the view, before another job is shown. */
    clear() {
      shown = '';
      setText(heading, 'Job');
      for (const element of [id, body, times]) element.replaceChildren();
      badge.element.textContent = '';
      progress.element.hidden = true;
      cancelForm.hide();
    },
    /**
     * Status, progress and times; called at every refresh.
     * @param {Job} job
     */
    showState(job) {
      const { template, symbols, timeframe } = summary(job.config);
      setText(heading, `${template} ${symbols} ${timeframe}`);
      setText(id, job.id);
      badge.update(job);
      progress.element.hidden = false;
      progress.update(job);
      const ended = job.finishedAt === '' ? '' : ` · ${job.status} ${when(job.finishedAt)}`;
      const started = job.startedAt === '' ? '' : ` · started ${when(job.startedAt)}`;
      setText(times, `Submitted ${when(job.submittedAt)}${started}${ended} UTC`);
      if (isActive(job)) cancelForm.show(job.id);
      else cancelForm.hide();
    },
    /**
     * The parts that change only with the status.
     * @param {Job} job
     * @param {readonly AuditRow[]} audit
     */
    showParts(job, audit) {
      const key = `${job.id} ${job.status} ${String(audit.length)}`;
      if (key === shown) return;
      shown = key;
      const { error, result } = job;
      const failed =
        error === null ? [] : [make('p', 'notice failed', make('code', '', error.code), ' ', error.message)];
      body.replaceChildren(
        ...failed,
        ...(result === null ? [] : resultParts(result)),
        part('Configuration', pairs(configRows(job.config))),
        part('Audit trail', auditTable(audit)),
      );
    },
  };
}
