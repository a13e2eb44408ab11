import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { CANCEL_WEIGHT } from '../account/budget.ts';
import { encodeCursor } from '../schemas/cursor.ts';
import { createJobRequest } from '../schemas/job.ts';
import { cancelJob, listQuery } from '../schemas/requests.ts';
import { auditTrail, job, jobPage } from '../schemas/responses.ts';
import { invalid, REFUSALS } from './errors.ts';
import { IDEMPOTENCY, PREFER } from './headers.ts';
import { budgetedAnswer, JOB_PATH, jsonBody, signedOperation } from './operation.ts';
import {
  CANCELLED,
  DONE,
  FAILED,
  GRID_REQUEST,
  listed,
  MOMENTUM_REQUEST,
  QUEUED,
  RUNNING,
  TRAIL,
} from './samples.ts';

const create = () =>
  signedOperation({
    id: 'createJob',
    changes: true,
    tag: 'Jobs',
    summary: 'Submit a backtest',
    permission: 'trade',
    weight: 20,
    description: `Answers at once with the job, \`queued\`; a worker takes it as soon as the account may run another.

Beyond what the schema can say:
- \`start\` is before \`end\`, the span is at most five years, and \`end\` is not in the future. Both are inclusive.
- \`symbols\` are distinct, and more than one only for templates whose \`multi_symbol\` is true (see the catalogue).
- \`tpl_grid\`: \`upper_price\` is greater than \`lower_price\`. \`tpl_momentum\`: \`fast\` is less than \`slow\`. \`tpl_meanrev\`:
  \`entry_z\` is greater than \`exit_z\`.
- \`capital\` is greater than 0, \`fee_bps\` at most 1000. A malformed \`fee_bps\` is refused with any \`fee_model\`.
- Unknown fields are refused, in \`params\` too. A refusal names every failing field, not the first only.

A symbol or window without candles is accepted: the job then fails with \`DATA_UNAVAILABLE\`, which names what is missing.

A replay by \`Idempotency-Key\` is answered before the signature is looked at for repetition, and with the first answer, even if
the job has moved on. Without a key, the same signature again is 401 \`REPLAYED_REQUEST\`, for ever.`,
    headers: IDEMPOTENCY,
    body: jsonBody(createJobRequest.meta({ id: 'CreateJobRequest' }), {
      grid: { summary: 'A grid, with the defaults', value: GRID_REQUEST },
      momentum: { summary: 'Momentum on two symbols, every field', value: MOMENTUM_REQUEST },
    }),
    responses: {
      '201': budgetedAnswer('The job, queued.', job, { queued: { summary: 'Queued', value: QUEUED } }, [
        'Location',
        'Idempotency-Replayed',
      ]),
    },
    refusals: [
      invalid({ 'params.grid_levels': 'must be a whole number from 2 to 500', end: 'must be after start' }),
      REFUSALS.replayed,
      REFUSALS.otherBody,
    ],
  });

const list = () =>
  signedOperation({
    id: 'listJobs',
    tag: 'Jobs',
    summary: "List the account's jobs",
    permission: 'read',
    weight: 5,
    description: `Newest first. Of a result only \`metrics\` are shown. Follow \`next_cursor\` until it is null, with the same filters.

Paging neither repeats nor skips a job that stood throughout, whatever is submitted or ends meanwhile. A page may hold fewer jobs
than \`limit\`, even none, and still have a \`next_cursor\`. A client that has an answer about a job sees at least that state
in a list it asks for afterwards. Unknown and repeated query parameters are 400.`,
    query: listQuery,
    responses: {
      '200': budgetedAnswer('A page.', jobPage, {
        page: {
          summary: 'A page with more to come',
          value: { data: [listed(RUNNING), listed(DONE)], next_cursor: encodeCursor(41) },
        },
        none: { summary: 'No jobs', value: { data: [], next_cursor: null } },
      }),
    },
    refusals: [invalid({ limit: 'must be a whole number from 1 to 100' })],
  });

const get = () =>
  signedOperation({
    id: 'getJob',
    tag: 'Jobs',
    summary: 'Get a job with its result',
    permission: 'read',
    weight: 2,
    description: `The whole job. With \`Prefer: wait=30\` the answer is held until the job is final, or 30 seconds have passed: in a loop this is
the simplest way to wait, and it costs a weight of 2 each time. Let your own timeout be longer than the wait.

A result has no largest size: millions of trades are hundreds of megabytes. A large one is sent while it is read from storage, so
read the answer as a stream, or give it time. Where only the state matters, lists and events go without the trades. Some time after its
end a job is deleted (see "A job's life"), and is 404.`,
    path: JOB_PATH,
    headers: PREFER,
    responses: {
      '200': budgetedAnswer(
        'The job.',
        job,
        {
          done: { summary: 'Done; lists cut short', value: DONE },
          running: { summary: 'Running', value: RUNNING },
          failed: { summary: 'Failed', value: FAILED },
          cancelled: { summary: 'Cancelled', value: CANCELLED },
        },
        ['Preference-Applied'],
      ),
    },
    refusals: [invalid({ Prefer: 'wait must be a whole number of seconds from 1 to 60' }), REFUSALS.noJob],
  });

const cancel = () =>
  signedOperation({
    id: 'cancelJob',
    changes: true,
    tag: 'Jobs',
    summary: 'Cancel a job',
    permission: 'trade',
    weight: CANCEL_WEIGHT,
    description: `A cancel that is answered 200 is true for ever: the job is \`cancelled\`, whatever its worker reports later. \`progress\` stays as
last observed, \`result\` and \`error\` are null. Of a cancel and a completion that race, one wins and the other is told.

Cancelling stays possible when the budget is spent: it then draws on a reserve of a quarter of the budget, which is
one cancel at least.

An \`Idempotency-Key\` makes it safe to repeat a cancel whose answer was lost: the repetition is 200 again, not 409. Each job
takes a key of its own, so that no answer about one job is taken for one about another. An empty body and \`{}\` mean the same
and are two different bodies to an \`Idempotency-Key\`.`,
    path: JOB_PATH,
    headers: IDEMPOTENCY,
    body: jsonBody(
      cancelJob.meta({ id: 'CancelJobRequest' }),
      {
        reason: { summary: 'With a note for the audit trail', value: { reason: 'no longer needed' } },
        plain: { summary: 'Without; the body may also be left out', value: {} },
      },
      false,
    ),
    responses: {
      '200': budgetedAnswer(
        'The job, cancelled.',
        job,
        { cancelled: { summary: 'Cancelled while running', value: CANCELLED } },
        ['Idempotency-Replayed'],
      ),
    },
    refusals: [
      invalid({ reason: 'must have at most 200 characters' }),
      REFUSALS.noJob,
      REFUSALS.final,
      REFUSALS.otherBody,
    ],
  });

const audit = () =>
  signedOperation({
    id: 'auditJob',
    tag: 'Jobs',
    summary: "List a job's changes of status",
    permission: 'read',
    weight: 2,
    description: `One row for each change, oldest first, written with the change itself. The creation is no change and has no row: the first
row leaves \`queued\`. A lost worker shows as \`running\` to \`queued\`.`,
    path: JOB_PATH,
    responses: {
      '200': budgetedAnswer('The trail.', auditTrail, {
        cancelled: { summary: 'Started, then cancelled', value: { data: TRAIL } },
      }),
    },
    refusals: [REFUSALS.noJob],
  });

/** What traders do with jobs. */
export function jobPaths(): ZodOpenApiPathsObject {
  return {
    '/v1/backtest/jobs': { get: list(), post: create() },
    '/v1/backtest/jobs/{id}': { get: get() },
    '/v1/backtest/jobs/{id}/cancel': { post: cancel() },
    '/v1/backtest/jobs/{id}/audit': { get: audit() },
  };
}
