import type { JobStatus } from '../job/machine.ts';
import type {
  AuditRow,
  CandleListing,
  ErrorEnvelope,
  Job,
  JobEventData,
  JobPage,
  Template,
} from '../schemas/responses.ts';

/**
 * Tells an answer of the service from one of something in between. Only what the client itself stands on is looked at:
 * the contract answers for the rest.
 */

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isJobLike(body: unknown): boolean {
  return isObject(body) && typeof body.id === 'string' && typeof body.status === 'string';
}

function hasRows(body: unknown): boolean {
  return isObject(body) && Array.isArray(body.data);
}

export function isJob(body: unknown): body is Job {
  return isJobLike(body);
}

export function isJobEventData(body: unknown): body is JobEventData {
  return isJobLike(body);
}

export function isJobPage(body: unknown): body is JobPage {
  return hasRows(body);
}

export function isAuditTrail(body: unknown): body is { data: AuditRow[] } {
  return hasRows(body);
}

export function isTemplateCatalogue(body: unknown): body is { data: Template[] } {
  return hasRows(body);
}

export function isCandleListing(body: unknown): body is { data: CandleListing[] } {
  return hasRows(body);
}

export function isErrorEnvelope(body: unknown): body is ErrorEnvelope {
  if (!isObject(body) || !isObject(body.error)) return false;
  const { code, message, details } = body.error;
  return (
    typeof code === 'string' &&
    typeof message === 'string' &&
    (details === undefined || Array.isArray(details))
  );
}

/** Whether nothing changes a job any more. */
export function isFinal(status: JobStatus): boolean {
  return status !== 'queued' && status !== 'running';
}

/** JSON text as a value; undefined where it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
