import * as z from 'zod';
import { instant, wellFormed, wholeNumber } from './primitives.ts';

/** What a key may do: `read` (get, list, audit, events, templates, candles), `trade` (create, cancel), `worker` (the worker routes, across accounts). */
export const permission = z
  .enum(['read', 'trade', 'worker'])
  .describe(
    '`read`: get, list, audit, events, templates, candles. `trade`: create and cancel. `worker`: the worker routes, across ' +
      'accounts; a key that has it is not limited in weight.',
  );
/** What a key may do. */
export type Permission = z.infer<typeof permission>;

/** The name of an account. */
export const accountId = z
  .string()
  .regex(/^[a-z0-9]{1,32}$/, 'must be 1-32 characters of a-z and 0-9')
  .describe('The name of an account; it exists once it is named.');

/** Body of `POST /v1/admin/keys`. */
export const createKey = z.strictObject({
  account_id: accountId,
  permissions: z
    .array(permission)
    .min(1)
    .refine((list) => new Set(list).size === list.length, 'must be distinct')
    .meta({
      description: 'What the key may do; at least one, all distinct.',
      minItems: 1,
      uniqueItems: true,
    }),
  label: wellFormed(z.string().max(100)).nullable().default(null).describe("A note for the operator's eyes."),
  expires_at: instant
    .nullable()
    .default(null)
    .describe(
      'From this instant on the key is refused. One in the past is accepted, and gives a key that never works.',
    ),
});

/** Query of `GET /v1/admin/keys`. */
export const keysQuery = z.strictObject({ account_id: accountId });

const MAX_GRACE_SECONDS = 30 * 86_400;

/** Body of `POST /v1/admin/keys/{api_key}/rotate`. */
export const rotateKey = z.strictObject({
  grace_seconds: wholeNumber(0, MAX_GRACE_SECONDS).describe('For how long the old key goes on working'),
});

/** Body of `PUT /v1/admin/accounts/{account_id}`. */
export const accountLimits = z
  .strictObject({
    weight_per_minute: wholeNumber(1, 1_000_000).exactOptional().describe('The budget of a minute.'),
    max_running_jobs: wholeNumber(1, 1000)
      .exactOptional()
      .describe(
        'How many jobs of the account the service runs at a time; the others wait in the queue. Machines outside take any queued job.',
      ),
  })
  .refine((limits) => Object.keys(limits).length > 0, 'must set weight_per_minute or max_running_jobs')
  .meta({ minProperties: 1 });
/** Limits to set; those left out stay. */
export type AccountLimits = z.infer<typeof accountLimits>;

/** Limits of an account nobody has set any for. */
export const DEFAULT_LIMITS = { weight_per_minute: 1200, max_running_jobs: 5 };
