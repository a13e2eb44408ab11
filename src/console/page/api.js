/** Signs requests and sends them. The only file that touches the secret or the network. */

import { readAudit, readError, readJob, readJobPage, readTemplates } from './read.js';

/** @import { AuditRow, ErrorDetail, Job, JobPage, Template } from './types.d.ts' */

const JOBS = '/v1/backtest/jobs';
const encoder = new TextEncoder();

/** A request that was not answered as hoped; what the API said of it, where it said anything. */
export class Failure extends Error {
  /**
   * @param {string} code
   * @param {string} message
   * @param {{ details?: ErrorDetail[], requestId?: string, retryAfter?: number, answered?: boolean }} [more]
   */
  constructor(code, message, { details = [], requestId = '', retryAfter = 0, answered = false } = {}) {
    super(message);
    this.code = code;
    this.details = details;
    this.requestId = requestId;
    /** Seconds; 0 where the API did not say. */
    this.retryAfter = retryAfter;
    /** Whether the service itself answered, so that nothing is left in doubt. */
    this.answered = answered;
  }
}

/**
 * The secret as a key that can sign and cannot be read out again.
 * @param {string} secret
 * @returns {Promise<CryptoKey>}
 */
async function importSecret(secret) {
  // Browsers offer WebCrypto to https and to this machine only.
  if (!window.isSecureContext) throw new Failure('NO_SIGNING', 'Signing needs https or localhost.');
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  return await crypto.subtle.importKey('raw', encoder.encode(secret), algorithm, false, ['sign']);
}

/**
 * @param {CryptoKey} key
 * @param {string} message
 * @returns {Promise<string>} lower-case hex
 */
async function sign(key, message) {
  const bytes = new Uint8Array(await crypto.subtle.sign('HMAC', key, encoder.encode(message)));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/**
 * @param {Response} response
 * @returns {Promise<unknown>}
 */
async function bodyOf(response) {
  try {
    /** @type {unknown} */
    const body = await response.json();
    return body;
  } catch {
    return null;
  }
}

/** The API in the name of one key. */
export class Client {
  #apiKey;
  #key;

  /**
   * @param {string} apiKey
   * @param {CryptoKey} key
   */
  constructor(apiKey, key) {
    this.#apiKey = apiKey;
    this.#key = key;
  }

  /**
   * @param {string} apiKey
   * @param {string} secret
   * @returns {Promise<Client>}
   */
  static async open(apiKey, secret) {
    return new Client(apiKey, await importSecret(secret));
  }

  get apiKey() {
    return this.#apiKey;
  }

  /**
   * @param {number} limit
   * @param {string | null} cursor
   * @returns {Promise<JobPage>} newest first
   */
  async list(limit, cursor) {
    const query = new URLSearchParams({ limit: String(limit), ...(cursor === null ? {} : { cursor }) });
    return readJobPage(await this.#call('GET', `${JOBS}?${query.toString()}`));
  }

  /**
   * @param {string} id
   * @returns {Promise<Job>} with its whole result
   */
  async get(id) {
    return readJob(await this.#call('GET', `${JOBS}/${encodeURIComponent(id)}`));
  }

  /**
   * @param {string} id
   * @returns {Promise<AuditRow[]>} oldest first
   */
  async audit(id) {
    return readAudit(await this.#call('GET', `${JOBS}/${encodeURIComponent(id)}/audit`));
  }

  /** @returns {Promise<Template[]>} */
  async templates() {
    return readTemplates(await this.#call('GET', '/v1/backtest/templates'));
  }

  /**
   * @param {string} body JSON text
   * @param {string} idempotencyKey the same again repeats the request without a second job
   * @returns {Promise<Job>}
   */
  async create(body, idempotencyKey) {
    return readJob(await this.#call('POST', JOBS, body, { 'Idempotency-Key': idempotencyKey }));
  }

  /**
   * @param {string} id
   * @param {string} reason may be empty
   * @returns {Promise<Job>}
   */
  async cancel(id, reason) {
    const body = reason === '' ? '' : JSON.stringify({ reason });
    return readJob(await this.#call('POST', `${JOBS}/${encodeURIComponent(id)}/cancel`, body));
  }

  /**
   * @param {string} method
   * @param {string} target path and query, exactly as they are sent
   * @param {string} [body]
   * @param {Record<string, string>} [headers]
   * @returns {Promise<unknown>} the answer's JSON
   */
  async #call(method, target, body = '', headers = {}) {
    const timestamp = String(Date.now());
    const signature = await sign(this.#key, timestamp + method + target + body);
    /** @type {RequestInit} */
    const init = {
      method,
      headers: {
        'X-PipAI-API-Key': this.#apiKey,
        'X-PipAI-Timestamp': timestamp,
        'X-PipAI-Signature': signature,
        ...(body === '' ? {} : { 'Content-Type': 'application/json' }),
        ...headers,
      },
      ...(body === '' ? {} : { body }),
      cache: 'no-store',
      credentials: 'omit',
    };
    const response = await fetch(target, init).catch(() => {
      throw new Failure('NO_ANSWER', 'The service did not answer. Is it running, and are you online?');
    });
    const answer = await bodyOf(response);
    if (response.ok && answer !== null) return answer;
    const { code, message, details, requestId } = readError(answer);
    const retryAfter = Number(response.headers.get('Retry-After') ?? '0') || 0;
    const said = message || 'This is not an answer of the API.';
    throw new Failure(code || `HTTP ${String(response.status)}`, said, {
      details,
      requestId,
      retryAfter,
      answered: code !== '',
    });
  }
}
