import { z } from 'zod';
import { buildDocument } from '../../src/openapi/document.ts';
import { TEXTS } from '../../src/openapi/texts.ts';

/** The OpenAPI document as its readers have it: parsed JSON, and as much of its form as the tests need. */

const reference = z.object({ $ref: z.string() });
const schema = z.union([z.boolean(), z.record(z.string(), z.unknown())]);
const example = z.object({ summary: z.string(), value: z.unknown() });
const mediaType = z.object({
  schema,
  examples: z.record(z.string(), example).default({}),
});
const content = z.record(z.string(), mediaType);
const header = z.object({ required: z.boolean().default(false), schema, example: z.unknown() });
const response = z.object({
  description: z.string(),
  headers: z.record(z.string(), z.union([reference, header])).default({}),
  content: content.default({}),
});
const parameter = z.object({
  name: z.string(),
  in: z.enum(['path', 'query', 'header']),
  required: z.boolean().default(false),
  description: z.string(),
  schema,
  example: z.union([z.string(), z.number()]).optional(),
});
const operation = z.object({
  operationId: z.string(),
  tags: z.array(z.string()).length(1),
  summary: z.string(),
  description: z.string(),
  security: z.array(z.record(z.string(), z.array(z.string()))),
  parameters: z.array(z.union([reference, parameter])).default([]),
  requestBody: z.object({ required: z.boolean(), content }).optional(),
  responses: z.record(z.string(), z.union([reference, response])),
  'x-pipai-permission': z.enum(['read', 'trade', 'worker']).optional(),
  'x-pipai-weight': z.int().optional(),
});
const document = z.object({
  openapi: z.string(),
  info: z.object({ description: z.string() }),
  tags: z.array(z.object({ name: z.string() })),
  paths: z.record(z.string(), z.record(z.string(), operation)),
  components: z.object({
    schemas: z.record(z.string(), schema),
    responses: z.record(z.string(), response),
    headers: z.record(z.string(), header),
    parameters: z.record(z.string(), parameter),
    securitySchemes: z.record(z.string(), z.looseObject({ type: z.string() })),
  }),
});

export type Schema = z.infer<typeof schema>;
export type DocumentedHeader = z.infer<typeof header>;
export type DocumentedParameter = z.infer<typeof parameter>;
export type MediaType = z.infer<typeof mediaType>;

/** An answer that is documented for a status. */
export interface DocumentedResponse {
  headers: Record<string, DocumentedHeader>;
  content: Record<string, MediaType>;
}

/** One operation, its references followed. */
export interface DocumentedOperation extends Omit<z.infer<typeof operation>, 'parameters' | 'responses'> {
  /** In upper case. */
  method: string;
  /** With places such as `{id}`. */
  path: string;
  parameters: DocumentedParameter[];
  responses: Record<string, DocumentedResponse>;
}

/** What the service gives out at `/openapi.json`. */
export const API = document.parse(JSON.parse(JSON.stringify(buildDocument(TEXTS))));

function component<T>(all: Record<string, T>, { $ref }: { $ref: string }): T {
  const found = all[$ref.slice($ref.lastIndexOf('/') + 1)];
  if (found === undefined) throw new Error(`The document has no ${$ref}.`);
  return found;
}

function responseOf(found: z.infer<typeof response>): DocumentedResponse {
  const headers = Object.entries(found.headers).map(
    ([name, each]) => [name, '$ref' in each ? component(API.components.headers, each) : each] as const,
  );
  return { headers: Object.fromEntries(headers), content: found.content };
}

/** Every operation of the document. */
export const OPERATIONS: readonly DocumentedOperation[] = Object.entries(API.paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, each]) => ({
    ...each,
    path,
    method: method.toUpperCase(),
    parameters: each.parameters.map((one) =>
      '$ref' in one ? component(API.components.parameters, one) : one,
    ),
    responses: Object.fromEntries(
      Object.entries(each.responses).map(([status, one]) => [
        status,
        responseOf('$ref' in one ? component(API.components.responses, one) : one),
      ]),
    ),
  })),
);
