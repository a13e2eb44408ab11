import api from './page/api.js';
import cancel from './page/cancel.js';
import catalogue from './page/catalogue.js';
import chart from './page/chart.js';
import style from './page/console.css';
import dom from './page/dom.js';
import failure from './page/failure.js';
import form from './page/form.js';
import format from './page/format.js';
import page from './page/index.html';
import job from './page/job.js';
import jobs from './page/jobs.js';
import known from './page/known.js';
import main from './page/main.js';
import params from './page/params.js';
import poll from './page/poll.js';
import read from './page/read.js';
import session from './page/session.js';
import tables from './page/tables.js';

/** The page itself. */
export const PAGE = page;

const SCRIPTS = {
  'api.js': api,
  'cancel.js': cancel,
  'catalogue.js': catalogue,
  'chart.js': chart,
  'dom.js': dom,
  'failure.js': failure,
  'form.js': form,
  'format.js': format,
  'job.js': job,
  'jobs.js': jobs,
  'known.js': known,
  'main.js': main,
  'params.js': params,
  'poll.js': poll,
  'read.js': read,
  'session.js': session,
  'tables.js': tables,
};

/** What the page loads from `/console/`, by file name. */
export const FILES: ReadonlyMap<string, { readonly type: string; readonly text: string }> = new Map([
  ['console.css', { type: 'text/css; charset=utf-8', text: style }],
  ...Object.entries(SCRIPTS).map(
    ([name, text]) => [name, { type: 'text/javascript; charset=utf-8', text }] as const,
  ),
]);
