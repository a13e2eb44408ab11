import * as z from 'zod';
import { decodeCursor } from './cursor.ts';
import { JOB_ERROR_CODES, JOB_STATUSES } from '../job/machine.ts';
import { instant } from './primitives.ts';
import { reportedResult } from './result.ts';
import { TEMPLATE_IDS } from './templates.ts';

const MAX_REASON = 200;

/** Body of a cancel; it may also be empty. */
export const cancelJob = z.strictObject({
  reason: z
    .string()
    .refine(
      (text) => Array.from(text).length <= MAX_REASON,
      `must have at most ${String(MAX_REASON)} characters`,
    )
    .exactOptional(),
});

/** Query of the job list. */
export const listQuery = z.strictObject({
  status: z.enum(JOB_STATUSES).exactOptional(),
  template_id: z.enum(TEMPLATE_IDS).exactOptional(),
  from: instant.exactOptional(),
  to: instant.exactOptional(),
  limit: z
    .string()
    .regex(/^([1-9][0-9]?|100)$/, 'must be a whole number from 1 to 100')
    .transform(Number)
    .default(20),
  cursor: z
    .string()
    .refine((text) => decodeCursor(text) !== null, 'is not a cursor of this list; start again without one')
    .exactOptional(),
});

/** An `Idempotency-Key` header. */
export const idempotencyKey = z
  .string()
  .regex(/^[\x21-\x7e]{1,64}$/, 'must be 1-64 visible ASCII characters');

const lease = z.string().min(1).max(100);

/** Body of a worker's start; it may also be empty. */
export const startJob = z.strictObject({});

/** Body of a worker's heartbeat. */
export const heartbeat = z.strictObject({ lease, progress: z.number().min(0).max(1) });

/** Body of a worker's completion. */
export const completeJob = z.strictObject({ lease, result: reportedResult });

/** Body of a worker's failure. */
export const failJob = z.strictObject({
  lease,
  error: z.strictObject({ code: z.enum(JOB_ERROR_CODES), message: z.string().min(1).max(2000) }),
});
