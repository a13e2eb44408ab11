import { Validator } from '@cfworker/json-schema';
import { getPath } from 'hono/utils/url';
import { z } from 'zod';
import {
  API,
  OPERATIONS,
  type DocumentedOperation,
  type DocumentedResponse,
  type Schema,
} from './api-document.ts';

/** Holds answers of the service to its own OpenAPI document. */

/** A request and its answer, as much of them as the document speaks of. */
export interface Exchange {
  method: string;
  /** Path and query. */
  target: string;
  status: number;
  headers: Headers;
  text: string;
}

/** Characters. Validating takes some 50 ms a megabyte, and larger results differ from small ones only in the number of their rows. */
const LONGEST_BODY = 256 * 1024;
/** Files that pages load; they are no part of the API. */
const PAGE_FILES = /^\/(console|docs)\/[^/]+$/;

/** What every answer may carry. */
const ALWAYS = ['X-Request-Id', 'Server-Timing'];
/** Headers that mean something by the contract. An answer carries one only where the document says so. */
const MEANT = [
  ...ALWAYS,
  'X-PipAI-Used-Weight-1m',
  'RateLimit-Policy',
  'RateLimit',
  'Retry-After',
  'Location',
  'Allow',
  'Idempotency-Replayed',
  'Preference-Applied',
  'Last-Event-ID',
  'ETag',
];

const paths = Object.keys(API.paths).map((path) => ({
  path,
  pattern: new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`),
}));
const refusal = z.object({ error: z.object({ code: z.string(), request_id: z.string() }) });
const validators = new Map<Schema, Validator>();

/** What is wrong with a value by a schema of the document; empty where nothing is. */
export function faults(schema: Schema, value: unknown): string[] {
  let validator = validators.get(schema);
  if (validator === undefined) {
    const { schemas } = API.components;
    const root = typeof schema === 'boolean' ? { allOf: [schema] } : schema;
    validator = new Validator({ ...root, components: { schemas } }, '2020-12', false);
    validators.set(schema, validator);
  }
  const { errors } = validator.validate(value);
  return errors.map(({ instanceLocation, error }) => `${instanceLocation} ${error}`);
}

/** How an answer departs from the document, in words; empty where it does not. */
export function violations(exchange: Exchange): string[] {
  const pathname = routed(exchange.target);
  const id = exchange.headers.get('X-Request-Id');
  const missing = id === null ? ['the header X-Request-Id is missing'] : [];
  const known = paths.find(({ pattern }) => pattern.test(pathname));
  if (known === undefined) {
    return PAGE_FILES.test(pathname) ? missing : [...missing, ...refused(exchange, 404, 'NOT_FOUND')];
  }
  const method = exchange.method === 'HEAD' ? 'GET' : exchange.method;
  const operation = OPERATIONS.find((each) => each.path === known.path && each.method === method);
  return [...missing, ...(operation === undefined ? notAllowed(exchange) : answered(exchange, operation))];
}

/** The path as the router sees it: `%62acktest` is `backtest` to it. */
function routed(target: string): string {
  return getPath(new Request(`https://any.test${target}`));
}

/** Throws where an answer departs from the document. */
export function holdToContract(exchange: Exchange): void {
  const found = violations(exchange);
  if (found.length === 0) return;
  const request = `${exchange.method} ${exchange.target} → ${String(exchange.status)}`;
  throw new Error(`Not as /openapi.json has it: ${request}\n${found.slice(0, 10).join('\n')}`);
}

/** Which headers an answer carries that nobody documented for it. */
function unmeant({ headers }: Exchange, documented: readonly string[]): string[] {
  return MEANT.filter((name) => headers.has(name) && !documented.includes(name)).map(
    (name) => `the header ${name} is not documented here`,
  );
}

function notAllowed(exchange: Exchange): string[] {
  const allow = exchange.headers.has('Allow') ? [] : ['the header Allow is missing'];
  return [...allow, ...refused(exchange, 405, 'METHOD_NOT_ALLOWED', ['Allow'])];
}

/** What is wrong with an answer of no operation, which should refuse so, with these headers beside those of every answer. */
function refused(exchange: Exchange, status: number, code: string, headers: string[] = []): string[] {
  if (exchange.status !== status) return [`the status should be ${String(status)}`];
  const surplus = unmeant(exchange, [...ALWAYS, ...headers]);
  return [...surplus, ...(exchange.method === 'HEAD' ? [] : refusalFaults(exchange, code))];
}

function refusalFaults(exchange: Exchange, code: string): string[] {
  const error = API.components.schemas.Error;
  if (error === undefined) throw new Error('The document has no schema of errors.');
  const body = parsed(exchange.text);
  const other = refusal.safeParse(body).data?.error.code === code ? [] : [`the code should be ${code}`];
  return [...other, ...faults(error, body), ...ownId(exchange, body)];
}

function answered(exchange: Exchange, operation: DocumentedOperation): string[] {
  const response = operation.responses[String(exchange.status)];
  if (response === undefined) return [`the status is not documented for ${operation.operationId}`];
  const absent = Object.entries(response.headers)
    .filter(([name, { required }]) => required && !exchange.headers.has(name))
    .map(([name]) => `the header ${name} is missing`);
  const surplus = unmeant(exchange, Object.keys(response.headers));
  return [...absent, ...surplus, ...(exchange.method === 'HEAD' ? [] : bodyFaults(exchange, response))];
}

function bodyFaults(exchange: Exchange, { content }: DocumentedResponse): string[] {
  const given = exchange.headers.get('Content-Type')?.split(';')[0] ?? '';
  if (Object.keys(content).length === 0) return exchange.text === '' ? [] : ['there should be no body'];
  const type = content[given];
  if (type === undefined) return [`the content type should be ${Object.keys(content).join(' or ')}`];
  if (given !== 'application/json' || exchange.text.length > LONGEST_BODY) return [];
  const body = parsed(exchange.text);
  return [...faults(type.schema, body), ...ownId(exchange, body)];
}

/** An error names the request it answers. */
function ownId({ status, headers }: Exchange, body: unknown): string[] {
  if (status < 400) return [];
  const named = refusal.safeParse(body).data?.error.request_id;
  return named === headers.get('X-Request-Id') ? [] : ['error.request_id is not that of the answer'];
}

/** The JSON of a body; of one that is none the text itself, which no schema of an answer takes. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
