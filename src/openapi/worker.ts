import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { completeJob, failJob, heartbeat, startJob } from '../schemas/requests.ts';
import { grantedLease, heartbeatAnswer, job } from '../schemas/responses.ts';
import { writtenResult } from '../schemas/result.ts';
import { invalid, REFUSALS } from './errors.ts';
import { JOB_PATH, jsonAnswer, jsonBody, signedOperation } from './operation.ts';
import { DONE, FAILED, LEASE, RUNNING } from './samples.ts';

const LEASE_EXPIRES_AT = '2026-04-29T10:15:31Z';

const completion = completeJob.extend({ result: writtenResult }).meta({ id: 'CompleteJobRequest' });

const worker = { tag: 'Workers', permission: 'worker', weight: 0, path: JOB_PATH } as const;

const start = () =>
  signedOperation({
    ...worker,
    id: 'startJob',
    changes: true,
    summary: 'Take a queued job',
    description: `Gives a lease, which fences this attempt: nobody else's report counts while it is renewed. With the variable
\`EXECUTOR=external\` any queued job may be taken, of whatever account. \`started_at\` is set by the first worker and stays. The body is
empty or \`{}\`.

If the answer is lost on its way, the job stays with a lease nobody knows until that expires; then it is queued again.`,
    body: jsonBody(
      startJob.meta({ id: 'StartJobRequest' }),
      { plain: { summary: 'Nothing to say; the body may also be left out', value: {} } },
      false,
    ),
    responses: {
      '200': jsonAnswer('The lease and the job.', grantedLease, {
        granted: {
          summary: 'The first attempt',
          value: {
            lease: LEASE,
            attempt: 1,
            lease_expires_at: LEASE_EXPIRES_AT,
            job: { ...RUNNING, progress: 0 },
          },
        },
      }),
    },
    refusals: [invalid({ surprise: 'is not a known field' }), REFUSALS.noJob, REFUSALS.leased],
  });

const beat = () =>
  signedOperation({
    ...worker,
    id: 'heartbeatJob',
    changes: true,
    summary: 'Renew the lease and report progress',
    description: `Send one well within the lease's time (30 seconds unless the operator has set otherwise). A lease that is not renewed is lost: the
job is queued again with \`progress\` 0, and after three lost workers it fails with \`WORKER_LOST\`.

\`continue: false\` means that the job is final, most often cancelled: stop, and report nothing. On a final job this is 200 with
whatever lease. \`progress\` never falls within one attempt.`,
    body: jsonBody(heartbeat.meta({ id: 'HeartbeatRequest' }), {
      half: { summary: 'Half done', value: { lease: LEASE, progress: 0.5 } },
    }),
    responses: {
      '200': jsonAnswer('Go on, or stop.', heartbeatAnswer, {
        goOn: { summary: 'Go on', value: { continue: true, lease_expires_at: LEASE_EXPIRES_AT } },
        stop: { summary: 'Stop', value: { continue: false, status: 'cancelled' } },
      }),
    },
    refusals: [invalid({ progress: 'must be a number from 0 to 1' }), REFUSALS.noJob, REFUSALS.staleLease],
  });

const complete = () =>
  signedOperation({
    ...worker,
    id: 'completeJob',
    changes: true,
    summary: 'Report the result',
    description: `Makes the job \`done\`. The same completion with the lease that won is 200 again, so a lost answer can be asked for once more. On
a job that became final otherwise it is 409 \`INVALID_STATE\`; with a lease that is over 409 \`STALE_LEASE\`.

This body may have up to 8 MiB (8388608 bytes). Ratios and money are strings, counts are numbers; names of your own are kept.`,
    body: jsonBody(completion, {
      result: { summary: 'A short result', value: { lease: LEASE, result: DONE.result } },
      empty: {
        summary: 'The least there can be',
        value: { lease: LEASE, result: { metrics: { total_trades: 0 }, equity_curve: [], trades: [] } },
      },
    }),
    responses: { '200': jsonAnswer('The job, done.', job, { done: { summary: 'Done', value: DONE } }) },
    refusals: [
      invalid({ 'result.metrics': 'is required' }),
      REFUSALS.noJob,
      REFUSALS.final,
      REFUSALS.staleLease,
    ],
  });

const fail = () =>
  signedOperation({
    ...worker,
    id: 'failJob',
    changes: true,
    summary: 'Report that the job cannot be done',
    description: `Makes the job \`failed\` with this error. Unlike a completion it cannot be repeated: the second one finds a final job, and is 409
\`INVALID_STATE\`.`,
    body: jsonBody(failJob.meta({ id: 'FailJobRequest' }), {
      noCandles: { summary: 'No candles', value: { lease: LEASE, error: FAILED.error } },
    }),
    responses: {
      '200': jsonAnswer('The job, failed.', job, { failed: { summary: 'Failed', value: FAILED } }),
    },
    refusals: [invalid({ 'error.code': 'is required' }), REFUSALS.noJob, REFUSALS.final, REFUSALS.staleLease],
  });

/** The protocol of machines that run jobs. */
export function workerPaths(): ZodOpenApiPathsObject {
  return {
    '/v1/worker/jobs/{id}/start': { post: start() },
    '/v1/worker/jobs/{id}/heartbeat': { post: beat() },
    '/v1/worker/jobs/{id}/complete': { post: complete() },
    '/v1/worker/jobs/{id}/fail': { post: fail() },
  };
}
