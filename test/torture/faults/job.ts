import type { Fault } from './fault.ts';

const MACHINE = 'src/job/machine.ts';
const OBJECT = 'src/job/backtest-job.ts';
const STORE = 'src/job/store.ts';

/** Mistakes in the object of a job. */
export const JOB_FAULTS: readonly Fault[] = [
  {
    name: 'guard removed',
    what: 'the SQL writes over whatever it finds, and what a worker changes is decided on what was read before an await',
    edits: [
      {
        file: STORE,
        old: 'WHERE version = ? AND status = ? AND lease IS ? AND finished_at IS NULL',
        new: 'WHERE ? OR ? OR ? OR 1',
      },
      {
        file: OBJECT,
        old: 'const answer = change(job, now);',
        new: 'await scheduler.wait(0); const answer = change(job, now);',
      },
    ],
  },
  {
    name: 'start not noted',
    what: 'a job that a worker of another account started, of which its own did not hear, is listed as if it waited',
    edits: [
      {
        file: OBJECT,
        old: 'const isStrange = accountId !== null && accountId !== before.accountId;',
        new: "const isStrange = accountId === '';",
      },
    ],
  },
  {
    name: 'lease not compared',
    what: 'any lease ends and renews a running job',
    edits: [
      {
        file: MACHINE,
        old: "return job.status === 'running' && job.lease === lease;",
        new: "return job.status === 'running' && lease !== '';",
      },
    ],
  },
  {
    name: 'late completion accepted',
    what: 'a completion makes a cancelled job done',
    edits: [
      {
        file: MACHINE,
        old: "if (!holds(job, event.lease)) return refused('STALE_LEASE', job);\n      return changed(job, now, {\n        status: 'done',",
        new: "if (!holds(job, event.lease) && job.status !== 'cancelled') return refused('STALE_LEASE', job);\n      return changed(job, now, {\n        status: 'done',",
      },
      {
        file: MACHINE,
        old: "if (job.lease === event.lease && job.resultDigest === event.resultDigest) {\n        return { kind: 'unchanged', state: job };\n      }\n      if (isFinal(job.status)) return",
        new: "if (job.lease === event.lease && job.resultDigest === event.resultDigest) {\n        return { kind: 'unchanged', state: job };\n      }\n      if (isFinal(job.status) && job.status !== 'cancelled') return",
      },
      { file: STORE, old: ' AND finished_at IS NULL', new: '' },
    ],
  },
  {
    name: 'lapsed lease honoured',
    what: 'a lease that is over is not noticed when the object is next touched',
    edits: [
      {
        file: OBJECT,
        old: "this.#decide(job, { type: 'tick', maxAttempts: this.#settings.MAX_ATTEMPTS }, now, SYSTEM);",
        new: '',
      },
    ],
  },
  {
    name: 'alarm believed',
    what: 'an alarm takes its ringing for the expiry of the lease instead of reading when that is',
    edits: [
      {
        file: OBJECT,
        old: 'if (this.#lookedAt(Date.now()) === null) return;',
        new: 'const due = this.#store.read()?.state.leaseExpiresAt ?? 0; if (this.#lookedAt(Math.max(due, Date.now())) === null) return;',
      },
    ],
  },
  {
    name: 'alarm remembers',
    what: 'an alarm decides on the job as it was when the alarm was set',
    edits: [
      {
        file: OBJECT,
        old: '#failedAlarms = 0;\n\n',
        new: '#failedAlarms = 0; #set: JobRecord | null = null;\n\n',
      },
      {
        file: OBJECT,
        old: '#arm(job: JobRecord): void {\n',
        new: '#arm(job: JobRecord): void {\n    this.#set ??= job;\n',
      },
      {
        file: OBJECT,
        old: 'if (this.#lookedAt(Date.now()) === null) return;',
        new: "if (this.#set !== null) this.#decide(this.#set, { type: 'tick', maxAttempts: 3 }, Date.now(), SYSTEM); if (this.#store.read() === null) return;",
      },
    ],
  },
  {
    name: 'outbox not retried',
    what: 'no alarm is set for a change that the account has not acknowledged',
    edits: [{ file: OBJECT, old: 'if (job.published < job.version) {\n', new: 'if (job.version === 0) {\n' }],
  },
  {
    name: 'alarm tells nobody',
    what: 'the alarm rings and rings, but the account is not told',
    edits: [
      {
        file: OBJECT,
        old: 'await this.#publish();\n      const after = this.#existing();',
        new: 'const after = this.#existing();',
      },
    ],
  },
  {
    name: 'shown before told',
    what: 'a job is shown as it is though its account does not know',
    edits: [
      {
        file: OBJECT,
        old: 'if (!(await this.#publish())) return UNAVAILABLE;',
        new: 'await this.#publish();',
      },
    ],
  },
  {
    name: 'acknowledged too early',
    what: 'a change counts as told before the account was',
    edits: [
      {
        file: OBJECT,
        old: 'const reception = await this.#owner.tell(job);',
        new: 'this.#store.writePublished(job.version);\n    const reception = await this.#owner.tell(job);',
      },
    ],
  },
  {
    name: 'progress falls',
    what: 'a late heartbeat puts the progress back',
    edits: [{ file: MACHINE, old: 'Math.max(job.progress, event.progress)', new: 'event.progress' }],
  },
  {
    name: 'progress kept',
    what: 'a job that is queued again keeps the progress of the attempt that was lost',
    edits: [
      {
        file: MACHINE,
        old: "status: 'queued', progress: 0, lease: null",
        new: "status: 'queued', lease: null",
      },
    ],
  },
  {
    name: 'attempts not counted',
    what: 'every attempt is the first, so that a job is tried for ever',
    edits: [{ file: MACHINE, old: 'attempt: job.attempt + 1', new: 'attempt: 1' }],
  },
  {
    name: 'audit row missing',
    what: 'a lost lease leaves no row',
    edits: [
      {
        file: STORE,
        old: "this.#sql.exec(\n      'INSERT INTO audit",
        new: "if (change.to !== 'queued') this.#sql.exec(\n      'INSERT INTO audit",
      },
    ],
  },
  {
    name: 'cancel key not stored',
    what: 'a cancel repeated with its Idempotency-Key is refused',
    edits: [
      {
        file: STORE,
        old: "this.#sql.exec('UPDATE job SET cancel_key = ?, cancel_body = ?', key, body);",
        new: 'if (key === body) return;',
      },
    ],
  },
];
