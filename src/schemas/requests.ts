import * as z from 'zod';
import { decodeCursor, encodeCursor } from './cursor.ts';
import { JOB_ERROR_CODES, JOB_STATUSES } from '../job/machine.ts';
import { instant, wellFormed } from './primitives.ts';
import { reportedResult } from './result.ts';
import { TEMPLATE_IDS } from './templates.ts';

const MAX_REASON = 200;

/** Body of a cancel; it may also be empty. */
export const cancelJob = z.strictObject({
  reason: wellFormed(z.string())
    .refine(
      (text) => Array.from(text).length <= MAX_REASON,
      `must have at most ${String(MAX_REASON)} characters`,
    )
    .exactOptional()
    .meta({
      description: 'A note for the audit trail: at most 200 characters, counted as Unicode code points.',
      maxLength: MAX_REASON,
    }),
});

/** Query of the job list. */
export const listQuery = z.strictObject({
  status: z
    .enum(JOB_STATUSES)
    .exactOptional()
    .meta({ description: 'Only jobs of this status.', param: { example: 'done' } }),
  template_id: z
    .enum(TEMPLATE_IDS)
    .exactOptional()
    .meta({ description: 'Only jobs of this template.', param: { example: 'tpl_grid' } }),
  from: instant.exactOptional().meta({
    description: 'Only jobs submitted at this instant or later.',
    param: { example: '2026-04-01T00:00:00Z' },
  }),
  to: instant.exactOptional().meta({
    description: 'Only jobs submitted before this instant.',
    param: { example: '2026-05-01T00:00:00Z' },
  }),
  limit: z
    .string()
    .regex(/^([1-9][0-9]?|100)$/, 'must be a whole number from 1 to 100')
    .transform(Number)
    .default(20)
    .meta({
      description: 'How many jobs a page may hold, 1 to 100; 20 where it is left out.',
      // A query has texts only; readers and tools want to know it for the number it is.
      type: 'integer',
      pattern: undefined,
      minimum: 1,
      maximum: 100,
      param: { example: 50 },
    }),
  cursor: z
    .string()
    .refine((text) => decodeCursor(text) !== null, 'is not a cursor of this list; start again without one')
    .exactOptional()
    .meta({ description: 'The `next_cursor` of the page before.', param: { example: encodeCursor(41) } }),
});

/** An `Idempotency-Key` header. */
export const idempotencyKey = z
  .string()
  .regex(/^[\x21-\x7e]{1,64}$/, 'must be 1-64 visible ASCII characters');

const lease = z.string().min(1).max(100).describe('The `lease` that `start` gave.');

/** Body of a worker's start; it may also be empty. */
export const startJob = z.strictObject({});

const PROGRESS_FORM = 'must be a number from 0 to 1';

/** Body of a worker's heartbeat. */
export const heartbeat = z.strictObject({
  lease,
  progress: z
    .number(PROGRESS_FORM)
    .min(0, PROGRESS_FORM)
    .max(1, PROGRESS_FORM)
    .describe('How much is done, 0 to 1. A lower one than before changes nothing.'),
});

/** Body of a worker's completion. */
export const completeJob = z.strictObject({ lease, result: reportedResult });

/** Body of a worker's failure. */
export const failJob = z.strictObject({
  lease,
  error: z
    .strictObject({ code: z.enum(JOB_ERROR_CODES), message: wellFormed(z.string().min(1).max(2000)) })
    .describe('Why the job failed; its owner reads it.'),
});
