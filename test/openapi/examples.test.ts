import { env } from 'cloudflare:workers';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { API, OPERATIONS, type DocumentedOperation, type MediaType } from '../support/api-document.ts';
import { mintKey, send, signedInit, type Answer, type Credentials } from '../support/client.ts';
import { faults } from '../support/contract.ts';
import { ALL } from '../support/forgeries.ts';
import { createJob, startJob } from '../support/jobs.ts';
import { cancel } from '../support/worker.ts';

/** Every example of the document, sent to the service where it is a request, and held to its own schema. */

/** What an example is sent about: made anew for each, since most of them change it. */
interface Scene {
  who: Credentials;
  job: string;
  /** Of the running job, where the operation asks for one. */
  lease: string;
}

/** Operations of a worker who has a lease. */
const LEASED = ['heartbeatJob', 'completeJob', 'failJob'];
/** An answer to these may be held back, unless their job is final. */
const WAITING = ['getJob', 'watchJob'];

async function scene({ operationId }: DocumentedOperation): Promise<Scene> {
  const who = await mintKey(ALL);
  const { id } = await createJob(who);
  const lease = LEASED.includes(operationId) ? (await startJob(who, id)).lease : '';
  if (WAITING.includes(operationId)) await cancel(who, id);
  return { who, job: id, lease };
}

/** What stands in a path's places; what the scene does not know is as the document's example has it. */
function target(operation: DocumentedOperation, { who, job }: Scene, query = ''): string {
  const known: Record<string, string> = { id: job, api_key: who.apiKey };
  const path = operation.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const documented = operation.parameters.find((each) => each.in === 'path' && each.name === name);
    return known[name] ?? String(documented?.example);
  });
  const required = operation.parameters.filter((each) => each.in === 'query' && each.required);
  const search = required.map(({ name, example }) => `${name}=${String(example)}`).join('&');
  return [path, [search, query].filter(Boolean).join('&')].filter(Boolean).join('?');
}

/** Sends a request as the document says it is authenticated, with one body and some headers. */
async function sent(
  operation: DocumentedOperation,
  where: string,
  { who }: Scene,
  more: { body?: string; type?: string; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const [security = {}] = operation.security;
  const headers: Record<string, string> = {
    ...(more.type === undefined ? {} : { 'Content-Type': more.type }),
    ...('adminToken' in security ? { Authorization: `Bearer ${env.ADMIN_TOKEN ?? ''}` } : {}),
    ...more.headers,
  };
  const init: RequestInit = { method: operation.method, headers };
  if ('signature' in security) {
    return await send(where, await signedInit(who, operation.method, where, more.body, { headers }));
  }
  return await send(where, more.body === undefined ? init : { ...init, body: more.body });
}

/** The one success that is documented. */
function success({ responses }: DocumentedOperation): number {
  const [status = ''] = Object.keys(responses).filter((each) => each.startsWith('2'));
  return Number(status);
}

const lease = z.looseObject({ lease: z.string() });

/** A body as text; a lease in it is the one that the job really has. */
function bodyText(value: unknown, scene: Scene): string {
  if (typeof value === 'string') return value;
  const leased = lease.safeParse(value).success;
  return JSON.stringify(leased ? { ...Object(value), lease: scene.lease } : value);
}

const bodies = OPERATIONS.flatMap((operation) =>
  Object.entries(operation.requestBody?.content ?? {}).flatMap(([type, { examples }]) =>
    Object.entries(examples).map(([name, { value }]) => ({
      operation,
      type,
      value,
      title: `${operation.operationId}, ${name}`,
    })),
  ),
);

/** What an operation is sent beside its body: with nothing, and with each parameter that has an example. */
const parameters = OPERATIONS.flatMap((operation) =>
  operation.parameters
    .filter((parameter) => parameter.in !== 'path' && !parameter.required && parameter.example !== undefined)
    .map((parameter) => ({ operation, parameter, title: `${operation.operationId}, ${parameter.name}` })),
);

/** The body that an operation cannot do without, if it has one. */
function neededBody(one: DocumentedOperation, scene: Scene): { body?: string; type?: string } {
  if (one.requestBody?.required !== true) return {};
  const found = bodies.find(({ operation }) => operation === one);
  return found === undefined ? {} : { type: found.type, body: bodyText(found.value, scene) };
}

describe('a request that the document shows', () => {
  test.each(bodies)('succeeds as documented: $title', async ({ operation, type, value }) => {
    const around = await scene(operation);
    const where = target(operation, around);
    const answer = await sent(operation, where, around, { type, body: bodyText(value, around) });
    expect([answer.status, answer.text]).toEqual([success(operation), answer.text]);
  });

  test.each(parameters)('succeeds with a parameter: $title', async ({ operation, parameter }) => {
    const around = await scene(operation);
    const value = String(parameter.example);
    const query = parameter.in === 'query' ? `${parameter.name}=${encodeURIComponent(value)}` : '';
    const headers: Record<string, string> = parameter.in === 'header' ? { [parameter.name]: value } : {};
    const body = neededBody(operation, around);
    const answer = await sent(operation, target(operation, around, query), around, { ...body, headers });
    expect([answer.status, answer.text]).toEqual([success(operation), answer.text]);
  });

  test.each(OPERATIONS)('succeeds with the least it can be: $operationId', async (operation) => {
    const around = await scene(operation);
    const answer = await sent(operation, target(operation, around), around, neededBody(operation, around));
    expect([answer.status, answer.text]).toEqual([success(operation), answer.text]);
  });
});

describe('an example fits its own schema', () => {
  function shown(what: string, content: Record<string, MediaType>) {
    return Object.values(content).flatMap(({ schema, examples }) =>
      Object.entries(examples).map(([name, { value }]) => ({ title: `${what}, ${name}`, schema, value })),
    );
  }
  const all = OPERATIONS.flatMap(({ operationId, requestBody, responses }) => [
    ...shown(`${operationId}, request`, requestBody?.content ?? {}),
    ...Object.entries(responses).flatMap(([status, { content }]) =>
      shown(`${operationId}, ${status}`, content),
    ),
  ]);

  test.each(all)('$title', ({ schema, value }) => {
    expect(faults(schema, value)).toEqual([]);
  });

  test.each(all.filter(({ title }) => / 4\d\d| 5\d\d/.test(title)))('as refusals do: $title', ({ value }) => {
    expect(faults(API.components.schemas.Error ?? false, value)).toEqual([]);
  });

  const values = OPERATIONS.flatMap(({ operationId, parameters: own }) =>
    own.map(({ name, schema, example }) => ({ title: `${operationId}, ${name}`, schema, example })),
  );

  test.each(values)('of a parameter: $title', ({ schema, example }) => {
    expect(faults(schema, example ?? null)).toEqual([]);
  });

  test('as each event of the stream does', () => {
    const stream = OPERATIONS.find(({ operationId }) => operationId === 'watchJob')?.responses['200'];
    const text = z.string().parse(stream?.content['text/event-stream']?.examples.done?.value);
    const events = text.split('\n').filter((line) => line.startsWith('data: '));
    expect(events.length).toBeGreaterThan(1);
    for (const event of events) {
      const data: unknown = JSON.parse(event.slice('data: '.length));
      expect(faults(API.components.schemas.JobEventData ?? false, data)).toEqual([]);
    }
  });
});

test('every body and every answer in JSON has an example', () => {
  const bare = OPERATIONS.flatMap(({ operationId, requestBody, responses }) =>
    [requestBody?.content, ...Object.values(responses).map(({ content }) => content)]
      .flatMap((content) => Object.entries(content ?? {}))
      .filter(([type, { examples }]) => type !== 'text/html' && Object.keys(examples).length === 0)
      .map(() => operationId),
  );
  // The document is its own example.
  expect(bare).toEqual(['getOpenApi']);
});
