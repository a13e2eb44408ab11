/** What users of the service hold in their hands: `import { PipaiClient } from 'pipai-backtest/client'`. */

export type { ErrorCode } from '../errors.ts';
export type { JobStatus } from '../job/machine.ts';
export type { CreateJobRequest } from '../schemas/job.ts';
export type {
  AuditRow,
  CandleListing,
  Job,
  JobEventData,
  ListedJob,
  Template,
} from '../schemas/responses.ts';
export { PipaiClient, type CallOptions, type ListQuery, type WriteOptions } from './client.ts';
export { PipaiError, type PipaiErrorCode } from './error.ts';
export type { JobEvent } from './events.ts';
export type { ClientOptions } from './options.ts';
