import { z } from 'zod';

const status = z.enum(['queued', 'running', 'done', 'failed', 'cancelled']);
const scalar = z.union([z.string(), z.number(), z.null()]);

/** A job as the service answers it; of the rest only what is used here. */
export const job = z.object({
  id: z.string(),
  status,
  submitted_at: z.string(),
  started_at: z.string().nullable(),
  finished_at: z.string().nullable(),
  progress: z.number(),
  result: z
    .object({
      metrics: z.record(z.string(), scalar),
      equity_curve: z.array(z.tuple([z.string(), z.string()])).default([]),
    })
    .nullable(),
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
});
/** A job as the service answers it. */
export type Job = z.infer<typeof job>;

/** A page of jobs. */
export const jobPage = z.object({ data: z.array(job), next_cursor: z.string().nullable() });

/** A job's changes of status, oldest first. */
export const auditTrail = z.object({
  data: z.array(
    z.object({
      at: z.string(),
      from: status,
      to: status,
      actor: z.string(),
      reason: z.string().nullable(),
    }),
  ),
});
/** One change of a job's status. */
export type AuditRow = z.infer<typeof auditTrail>['data'][number];

/** An answer that refuses. */
export const refusal = z.object({
  error: z.object({
    code: z.string(),
    message: z.string(),
    details: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  }),
});

/** An API key with its secret. */
export const credentials = z.object({ api_key: z.string(), api_secret: z.string() });
/** An API key with its secret. */
export type Credentials = z.infer<typeof credentials>;
