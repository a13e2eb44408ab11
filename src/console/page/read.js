/** Turns JSON that came over the wire into what the page works with. What is missing reads as empty. */

/** @import { AuditRow, ErrorDetail, Fields, Job, JobPage, JobResult, Template } from './types.d.ts' */

/**
 * @param {unknown} value
 * @returns {value is Fields}
 */
function isFields(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * The value as an object; an empty one for anything else.
 * @param {unknown} value
 * @returns {Fields}
 */
export function fields(value) {
  return isFields(value) ? value : {};
}

/**
 * The value as a list; an empty one for anything else.
 * @param {unknown} value
 * @returns {readonly unknown[]}
 */
export function list(value) {
  return Array.isArray(value) ? value : [];
}

/**
 * The value as text; empty for null and for what is no plain value.
 * @param {unknown} value
 * @returns {string}
 */
export function text(value) {
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';
}

/**
 * @param {unknown} value
 * @returns {{ code: string, message: string }}
 */
function notice(value) {
  const { code, message } = fields(value);
  return { code: text(code), message: text(message) };
}

/**
 * @param {unknown} value
 * @returns {JobResult}
 */
function result(value) {
  const { metrics, equity_curve, trades, warnings } = fields(value);
  return {
    metrics: fields(metrics),
    curve: list(equity_curve).map((point) => {
      const [at, equity] = list(point);
      return [text(at), text(equity)];
    }),
    trades: list(trades).map(fields),
    warnings: list(warnings).map(notice),
  };
}

/**
 * A job as the API writes it.
 * @param {unknown} value
 * @returns {Job}
 */
export function readJob(value) {
  const job = fields(value);
  return {
    id: text(job.id),
    status: text(job.status),
    config: fields(job.config),
    submittedAt: text(job.submitted_at),
    startedAt: text(job.started_at),
    finishedAt: text(job.finished_at),
    progress: typeof job.progress === 'number' ? job.progress : 0,
    result: isFields(job.result) ? result(job.result) : null,
    error: isFields(job.error) ? notice(job.error) : null,
  };
}

/**
 * A page of the job list.
 * @param {unknown} value
 * @returns {JobPage}
 */
export function readJobPage(value) {
  const { data, next_cursor } = fields(value);
  return { jobs: list(data).map(readJob), nextCursor: text(next_cursor) || null };
}

/**
 * The catalogue of templates, with their parameters as its JSON Schema describes them.
 * @param {unknown} value
 * @returns {Template[]}
 */
export function readTemplates(value) {
  return list(fields(value).data).map((entry) => {
    const { id, title, description, multi_symbol, params } = fields(entry);
    const { properties, required } = fields(params);
    const needed = new Set(list(required));
    return {
      id: text(id),
      title: text(title),
      description: text(description),
      multiSymbol: multi_symbol === true,
      params: Object.entries(fields(properties)).map(([name, schema]) => ({
        name,
        description: text(fields(schema).description),
        whole: fields(schema).type === 'integer',
        required: needed.has(name),
      })),
    };
  });
}

/**
 * The rows of a job's audit trail.
 * @param {unknown} value
 * @returns {AuditRow[]}
 */
export function readAudit(value) {
  return list(fields(value).data).map((row) => {
    const { at, from, to, actor, reason } = fields(row);
    return { at: text(at), from: text(from), to: text(to), actor: text(actor), reason: text(reason) };
  });
}

/**
 * The error of an answer that is none of the above.
 * @param {unknown} value
 * @returns {{ code: string, message: string, details: ErrorDetail[], requestId: string }}
 */
export function readError(value) {
  const { code, message, details, request_id } = fields(fields(value).error);
  return {
    code: text(code),
    message: text(message),
    details: list(details).map((detail) => {
      const { path, message: why } = fields(detail);
      return { path: text(path), message: text(why) };
    }),
    requestId: text(request_id),
  };
}
