import * as z from 'zod';
import type { ZodOpenApiPathsObject, ZodOpenApiResponseObject } from 'zod-openapi';
import { health } from '../schemas/responses.ts';
import { answerHeaders } from './headers.ts';
import { jsonAnswer, openOperation } from './operation.ts';

const service = { tag: 'Service' } as const;

const unchanged = () => ({
  description: 'It is as the `ETag` you sent says.',
  headers: answerHeaders('ETag'),
});

function page(description: string): Record<'200' | '304', ZodOpenApiResponseObject> {
  const content = { 'text/html': { schema: z.string() } };
  return { '200': { description, headers: answerHeaders('ETag'), content }, '304': unchanged() };
}

/** What anybody may ask. */
export function servicePaths(): ZodOpenApiPathsObject {
  return {
    '/healthz': {
      get: openOperation({
        ...service,
        id: 'checkHealth',
        summary: 'Check that the service answers',
        description: 'Says that the Worker runs; it asks nothing behind it.',
        responses: {
          '200': jsonAnswer('It does.', health, { ok: { summary: 'As always', value: { status: 'ok' } } }),
        },
      }),
    },
    '/openapi.json': {
      get: openOperation({
        ...service,
        id: 'getOpenApi',
        summary: 'Get this document',
        description: 'OpenAPI 3.1, made from the same schemas that check requests.',
        responses: {
          '200': {
            description: 'The document.',
            headers: answerHeaders('ETag'),
            content: { 'application/json': { schema: z.looseObject({ openapi: z.string() }) } },
          },
          '304': unchanged(),
        },
      }),
    },
    '/docs': {
      get: openOperation({
        ...service,
        id: 'getReference',
        summary: 'Browse this document',
        description: 'A page that shows this document and can send its requests, signed in the browser.',
        responses: page('The page.'),
      }),
    },
    '/': {
      get: openOperation({
        ...service,
        id: 'getConsole',
        summary: 'Open the console',
        description: 'A page that lists, submits and cancels jobs with a key you paste.',
        responses: page('The page.'),
      }),
    },
  };
}
