import type { Fault } from './fault.ts';

const ACCOUNT = 'src/account/account.ts';
const CREATES = 'src/account/creates.ts';
const INDEX = 'src/account/jobs.ts';

/** Mistakes in the object of an account. */
export const ACCOUNT_FAULTS: readonly Fault[] = [
  {
    name: 'slot not freed',
    what: 'a job that is over keeps the slot it was dispatched with',
    edits: [
      {
        file: INDEX,
        old: "WHERE status = 'queued' AND dispatched_at IS NOT NULL) AS n",
        new: "WHERE status <> 'running' AND dispatched_at IS NOT NULL) AS n",
      },
    ],
  },
  {
    name: 'slot given twice',
    what: 'running jobs are not counted',
    edits: [
      {
        file: INDEX,
        old: "(SELECT count(*) FROM job WHERE status = 'running')",
        new: '0',
      },
    ],
  },
  {
    name: 'stale news accepted',
    what: 'what a job said long ago takes the place of what it said since',
    edits: [{ file: INDEX, old: 'WHERE id = ? AND version < ?`', new: 'WHERE id = ? AND version <> ?`' }],
  },
  {
    name: 'intent not resumed',
    what: 'a create that was cut off is never finished',
    edits: [
      { file: CREATES, old: 'this.#jobs.openIntents(now - INTENT_MS)', new: 'this.#jobs.openIntents(0)' },
    ],
  },
  {
    name: 'intent not withdrawn',
    what: 'a create that was answered 503 happens after all',
    edits: [
      {
        file: CREATES,
        old: "if (this.#withdraw(order.id)) return { ok: false, code: 'UNAVAILABLE' };",
        new: "return { ok: false, code: 'UNAVAILABLE' };",
      },
    ],
  },
  {
    name: 'create key not stored',
    what: 'a create repeated with its Idempotency-Key makes another job',
    edits: [
      {
        file: CREATES,
        old: "this.#idempotency.insert(key, { action: 'create', body, jobId: id }, now);",
        new: 'if (key === body) return;',
      },
    ],
  },
  {
    name: 'cancel key not claimed',
    what: 'the key of a cancel is free for anything else',
    edits: [
      {
        file: ACCOUNT,
        old: "if (claims) this.#idempotency.insert(key, { action: 'cancel', ...cancel }, now);",
        new: '',
      },
    ],
  },
  {
    name: 'cancel key believed',
    what: 'a cancel acts with a key that was used for something else',
    edits: [
      {
        file: ACCOUNT,
        old: "return first.action === 'cancel' && first.body === cancel.body && first.jobId === cancel.jobId;",
        new: 'return true;',
      },
    ],
  },
  {
    name: 'cancel not noted',
    what: 'a job that was cancelled while its account was out of reach is listed as if it waited',
    edits: [
      {
        file: ACCOUNT,
        old: 'request.touches !== null && this.#jobs.touch(request.touches)',
        new: 'request.touches === request.apiKey',
      },
    ],
  },
  {
    name: 'dispatch not repeated',
    what: 'a job whose message was lost is not dispatched again',
    edits: [
      {
        file: ACCOUNT,
        old: 'overdue === null ? [] : this.#jobs.takeOverdue(overdue, now)',
        new: 'overdue === null ? [] : this.#jobs.takeOverdue(0, now)',
      },
    ],
  },
  {
    name: 'nobody moves up',
    what: 'a slot that becomes free is not given to a job that waits',
    edits: [
      {
        file: ACCOUNT,
        old: 'this.#jobs.apply(job);\n    this.#dispatchSoon();',
        new: 'this.#jobs.apply(job);',
      },
    ],
  },
];
