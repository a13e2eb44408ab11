/** The page: who is signed in, what is open, and when to ask again. */

import { Failure } from './api.js';
import { learnTitles } from './catalogue.js';
import { byId } from './dom.js';
import { showFailure } from './failure.js';
import { createForm } from './form.js';
import { isActive } from './format.js';
import { createJobView } from './job.js';
import { createJobsView } from './jobs.js';
import { createKnownJobs, newer } from './known.js';
import { createPoller } from './poll.js';
import { createSession } from './session.js';

/** @import { Client } from './api.js' */
/** @import { Job } from './types.d.ts' */

const PAGE_SIZE = 25;
const MAX_PAGE = 100;
const POLL_MS = 1000;
const AFTER_FAILURE_MS = 5000;
const JOB_ID = /^#(bt_[0-9A-Za-z]{6,64})$/;

/** @type {Client | null} */
let client = null;
/** The open job as its parts show it. @type {Job | null} */
let open = null;

const known = createKnownJobs();
const desk = byId('desk', HTMLElement);
const signIn = byId('sign-in', HTMLElement);
const who = byId('who', HTMLElement);
const problem = byId('problem', HTMLElement);
const jobsView = createJobsView({ onOlder: () => void showOlder(), onRefresh });
const jobView = createJobView({ onCancel: cancel });
const poller = createPoller(refresh);
const session = createSession({ onSignIn: start, onSignOut: end });
const form = createForm({ onSubmit: create });

function requireClient() {
  if (client === null) throw new Failure('SIGNED_OUT', 'Sign in first.');
  return client;
}

/** The trader asks for news; the poller goes on from there. */
function onRefresh() {
  poller.kick();
}

/** The job the address names, or an empty text for the list. */
function openId() {
  return JOB_ID.exec(location.hash)?.[1] ?? '';
}

function render() {
  jobsView.show(known.all(), known.cursor() !== null);
  const listed = known.find(openId());
  if (listed !== undefined) jobView.showState(listed);
}

/**
 * Shows the open job's state, and fetches its parts when they may have changed: at first and with a new status.
 * The list tells progress and status already; asking for the job each second would cost weight for nothing.
 * @param {Client} asked
 */
async function refreshOpen(asked) {
  const id = openId();
  const listed = known.find(id);
  const unchanged = listed === undefined ? open !== null && !isActive(open) : listed.status === open?.status;
  if (id === '' || (open?.id === id && unchanged)) return;
  const [job, audit] = await Promise.all([asked.get(id), asked.audit(id)]);
  if (asked !== client || id !== openId()) return;
  open = job;
  jobView.showState(newer(listed, job));
  jobView.showParts(job, audit);
}

/**
 * One refresh of all that is shown.
 * @returns {Promise<number | null>} how soon the next should follow
 */
async function refresh() {
  const asked = client;
  if (asked === null) return null;
  try {
    const limit = Math.min(MAX_PAGE, Math.max(PAGE_SIZE, known.all().length));
    const page = await asked.list(limit, null);
    if (asked !== client) return null;
    known.takeNewest(page);
    render();
    await refreshOpen(asked);
    showFailure(problem, null);
  } catch (error) {
    return asked === client ? afterFailure(error) : null;
  }
  const busy = known.all().some(isActive) || (open !== null && open.id === openId() && isActive(open));
  return busy ? POLL_MS : null;
}

/**
 * @param {unknown} error
 * @returns {number | null} when to try again; null where trying again is no use
 */
function afterFailure(error) {
  if (error instanceof Failure && error.code === 'UNAUTHORIZED') {
    end();
    session.refused(error);
    return null;
  }
  showFailure(problem, error);
  if (!(error instanceof Failure)) return null;
  if (error.code === 'NO_ANSWER') return AFTER_FAILURE_MS;
  return error.retryAfter > 0 ? error.retryAfter * 1000 : null;
}

async function showOlder() {
  try {
    known.takeOlder(await requireClient().list(PAGE_SIZE, known.cursor()));
    render();
  } catch (error) {
    showFailure(problem, error);
  }
}

/**
 * @param {string} body
 * @param {string} idempotencyKey
 */
async function create(body, idempotencyKey) {
  const job = await requireClient().create(body, idempotencyKey);
  known.take(job);
  render();
  // The new job is at the top of the list; the address leads there.
  if (openId() !== '') location.hash = '';
  poller.kick();
  return job;
}

/**
 * @param {string} id
 * @param {string} reason
 */
async function cancel(id, reason) {
  try {
    known.take(await requireClient().cancel(id, reason));
    render();
  } finally {
    // Also after a refusal: the job has probably moved on.
    poller.kick();
  }
}

/** Shows what the address names. */
function route() {
  const detail = openId() !== '';
  open = null;
  byId('jobs-view', HTMLElement).hidden = detail;
  byId('job-view', HTMLElement).hidden = !detail;
  jobView.clear();
  showFailure(problem, null);
  render();
  if (client === null) return;
  if (detail) byId('job-title', HTMLElement).focus();
  poller.kick();
}

/**
 * Signs in, if the list can be had.
 * @param {Client} candidate
 */
async function start(candidate) {
  const [page, templates] = await Promise.all([candidate.list(PAGE_SIZE, null), candidate.templates()]);
  client = candidate;
  learnTitles(templates);
  form.offer(templates);
  known.takeNewest(page);
  byId('who-key', HTMLElement).textContent = candidate.apiKey;
  who.hidden = desk.hidden = false;
  signIn.hidden = true;
  route();
}

/** Forgets the session and all it has shown. */
function end() {
  poller.stop();
  client = null;
  known.forget();
  who.hidden = desk.hidden = true;
  signIn.hidden = false;
  route();
}

window.addEventListener('hashchange', route);
void session.resume();
