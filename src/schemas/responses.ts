import * as z from 'zod';
import { ERROR_STATUS, type ErrorCode } from '../errors.ts';
import { JOB_ERROR_CODES, JOB_STATUSES } from '../job/machine.ts';
import { accountId, permission } from './admin.ts';
import { jobConfig } from './job.ts';
import { PAIR_OF_STRINGS, instant, symbol, timeframe } from './primitives.ts';
import { METRIC_NAMES, trade, type BacktestResult, type Metrics } from './result.ts';
import { TEMPLATE_IDS } from './templates.ts';

/** What the service answers. Requests are checked with schemas of their own; these describe, for readers and for checks from outside. */

/** Where a job stands. */
export const jobStatus = z.enum(JOB_STATUSES).meta({
  description: '`done`, `failed` and `cancelled` are final: nothing changes a job after that.',
});

/** The form of a job id. */
export const jobId = z
  .string()
  .regex(/^bt_[0-9A-Za-z]{6,64}$/)
  .meta({ description: 'Given out by the service; cannot be guessed.' });

/** Why a job failed. */
export const jobError = z
  .object({ code: z.enum(JOB_ERROR_CODES), message: z.string() })
  .meta({ id: 'JobError', description: 'Why a job failed.' });

const scalar = z.union([z.string(), z.number(), z.null()]);

const metrics = z
  .object(Object.fromEntries(METRIC_NAMES.map((name) => [name, scalar.optional()])))
  .catchall(scalar)
  .meta({
    id: 'Metrics',
    description:
      'Computed from the published equity curve. Ratios are decimal strings, counts are numbers, and a ratio without a ' +
      "denominator is null. A worker of the operator's own may leave some out and add others.",
  });

const backtestResult = z
  .object({
    metrics,
    equity_curve: z.array(z.tuple([instant, z.string()]).meta(PAIR_OF_STRINGS)).meta({
      description:
        'Instant and equity, oldest first: `start` with `capital`, each UTC midnight after it, and the end of the last bar with ' +
        'volume of any symbol. Where bars end before the window does, so does the curve. Between bars equity is carried forward at ' +
        'the latest close; of a symbol whose bars are over it is what its sale left.',
    }),
    trades: z
      .array(
        trade.meta({
          id: 'Trade',
          description:
            "One round trip. The service writes all of these, `id` as a number and the rest as strings; a worker of the operator's own may " +
            'leave some out, write them otherwise, and add others.',
        }),
      )
      .describe('Round trips in order of exit.'),
    warnings: z
      .array(z.object({ code: z.string(), message: z.string() }))
      .meta({ description: 'What a reader should know before believing the numbers.' }),
  })
  .meta({ id: 'BacktestResult', description: 'What a backtest computes.' });

const jobHead = {
  id: jobId,
  status: jobStatus,
  config: jobConfig.meta({ id: 'JobConfig', description: 'The request as resolved, defaults filled in.' }),
  submitted_at: instant,
  started_at: instant.nullable().meta({ description: 'When the first worker began; null if none did.' }),
  finished_at: instant.nullable().meta({ description: 'When the job became final.' }),
  progress: z
    .number()
    .min(0)
    .max(1)
    .meta({ description: 'Never falls within one attempt; 1 when done; kept by a cancel.' }),
};
const failure = jobError.nullable().meta({ description: 'Set only when failed.' });

/** A job with its whole result. */
export const job = z
  .object({
    ...jobHead,
    result: backtestResult.nullable().meta({ description: 'Set only when done.' }),
    error: failure,
  })
  .meta({ id: 'Job', description: 'A backtest: what was asked, where it stands, what it found.' });

/** A job as lists show it. */
export const listedJob = z
  .object({
    ...jobHead,
    result: z.object({ metrics }).nullable().meta({ description: 'Of the result the metrics only.' }),
    error: failure,
  })
  .meta({ id: 'ListedJob', description: 'A job as lists show it.' });

/** A job as events show it: without the member `result`. */
export const jobEventData = z
  .object({ ...jobHead, error: failure })
  .meta({ id: 'JobEventData', description: 'A job as events show it, without `result`.' });

/** A page of jobs, newest first. */
export const jobPage = z
  .object({
    data: z.array(listedJob),
    next_cursor: z
      .string()
      .nullable()
      .meta({ description: 'Send as `cursor` for the next page; null on the last one.' }),
  })
  .meta({ id: 'JobPage', description: 'A page of jobs, newest first.' });

/** One change of a job's status. */
export const auditRow = z
  .object({
    at: instant,
    from: jobStatus,
    to: jobStatus,
    actor: z.string().meta({ description: 'The API key behind the change, or `system`.' }),
    reason: z.string().nullable().meta({ description: "The cancel's note." }),
    request_id: z
      .string()
      .nullable()
      .meta({ description: 'Of the request behind the change, if there was one.' }),
  })
  .meta({ id: 'AuditRow', description: "One change of a job's status; a creation is none." });

/** A job's changes of status, oldest first. */
export const auditTrail = z.object({ data: z.array(auditRow) }).meta({ id: 'AuditTrail' });

/** The catalogue of strategy templates. */
export const templateCatalogue = z
  .object({
    data: z.array(
      z.object({
        id: z.enum(TEMPLATE_IDS),
        title: z.string(),
        description: z.string(),
        multi_symbol: z.boolean().meta({ description: 'Whether it takes several symbols.' }),
        params: z
          .record(z.string(), z.unknown())
          .meta({ description: 'JSON Schema (draft 2020-12) of `params`.' }),
      }),
    ),
  })
  .meta({ id: 'TemplateCatalogue' });

const loaded = {
  symbol,
  timeframe,
  from: instant.meta({ description: 'Open time of the first bar.' }),
  to: instant.meta({ description: 'Open time of the last bar.' }),
  bars: z.int().min(0),
  missing: z.int().min(0).meta({ description: 'Bars absent between `from` and `to`.' }),
};

/** What a loaded dump held. */
export const candleImport = z.object(loaded).meta({ id: 'CandleImport' });

/** Which candles are stored. */
export const candleListing = z
  .object({ data: z.array(z.object({ ...loaded, source: z.literal('stored') })) })
  .meta({ id: 'CandleListing' });

/** What a worker gets for a job it may run. */
export const grantedLease = z
  .object({
    lease: z
      .string()
      .meta({ description: 'Fences this attempt: send it with every heartbeat and with the report.' }),
    attempt: z.int().min(1),
    lease_expires_at: instant,
    job,
  })
  .meta({ id: 'GrantedLease', description: "A worker's right to run a job." });

/** The answer to a heartbeat. */
export const heartbeatAnswer = z
  .discriminatedUnion('continue', [
    z.object({ continue: z.literal(true), lease_expires_at: instant }),
    z.object({ continue: z.literal(false), status: jobStatus }),
  ])
  .meta({ id: 'HeartbeatAnswer', description: 'Go on, or stop because the job is final.' });

const keyFields = {
  account_id: accountId,
  permissions: z.array(permission),
  label: z.string().nullable(),
  created_at: instant,
  expires_at: instant.nullable(),
};
const apiKey = z.string().meta({ description: 'Names its account; sent as `X-PipAI-API-Key`.' });

/** A new API key with its secret. */
export const newApiKey = z
  .object({
    api_key: apiKey,
    api_secret: z.string().meta({ description: 'Shown this once.' }),
    ...keyFields,
  })
  .meta({ id: 'NewApiKey' });

/** An account's API keys, without secrets. */
export const apiKeys = z
  .object({ data: z.array(z.object({ api_key: apiKey, ...keyFields, revoked_at: instant.nullable() })) })
  .meta({ id: 'ApiKeys' });

/** All limits of an account. */
export const limitsAnswer = z
  .object({ account_id: accountId, weight_per_minute: z.int(), max_running_jobs: z.int() })
  .meta({ id: 'AccountLimits' });

/** The answer of the health check. */
export const health = z.object({ status: z.literal('ok') }).meta({ id: 'Health' });

const errorCodes = Object.keys(ERROR_STATUS);
function isErrorCode(code: string): code is ErrorCode {
  return errorCodes.includes(code);
}

const refusal = z.object({
  code: z.enum(errorCodes.filter(isErrorCode)).describe('For programs: one of a fixed list.'),
  message: z.string().describe('For people: what is wrong and what to do. Its wording may change.'),
  details: z
    .array(
      z
        .object({
          path: z.string().describe('Where, dotted: `params.grid_levels`. Empty for the body as a whole.'),
          message: z.string(),
        })
        .meta({
          id: 'ErrorDetail',
          description: 'One field that does not fit, or one fact about the refusal.',
        }),
    )
    .exactOptional()
    .describe('Every failing field; left out where there is nothing to list.'),
  request_id: z.string().describe('The `X-Request-Id` of the answer.'),
});

/** Every error answer. */
export const errorEnvelope = z
  .object({ error: refusal })
  .meta({ id: 'Error', description: 'Every refusal has this form.' });

/** A job as the service answers it, its result as the service's own engine writes it. */
export type Job = Omit<z.infer<typeof job>, 'result'> & { result: BacktestResult | null };
/** A job as lists show it. */
export type ListedJob = Omit<z.infer<typeof listedJob>, 'result'> & { result: { metrics: Metrics } | null };
/** A job as events show it. */
export type JobEventData = z.infer<typeof jobEventData>;
/** A page of jobs. */
export type JobPage = { data: ListedJob[]; next_cursor: string | null };
/** One change of a job's status. */
export type AuditRow = z.infer<typeof auditRow>;
/** One strategy template. */
export type Template = z.infer<typeof templateCatalogue>['data'][number];
/** What is stored of one symbol and timeframe. */
export type CandleListing = z.infer<typeof candleListing>['data'][number];
/** What a loaded dump held. */
export type CandleImport = z.infer<typeof candleImport>;
/** A new API key with its secret. */
export type NewApiKey = z.infer<typeof newApiKey>;
/** An API key without its secret. */
export type ApiKeyInfo = z.infer<typeof apiKeys>['data'][number];
/** The envelope of every refusal. */
export type ErrorEnvelope = z.infer<typeof errorEnvelope>;
