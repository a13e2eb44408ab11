import * as z from 'zod';
import type { ZodOpenApiOperationObject, ZodOpenApiResponseObject } from 'zod-openapi';
import type { Permission } from '../schemas/admin.ts';
import { jobId } from '../schemas/responses.ts';
import { errorResponses, REFUSALS, type Refusal } from './errors.ts';
import { answerHeaders, BUDGET_HEADERS, REQUEST_ID, type AnswerHeader } from './headers.ts';
import { JOB_ID } from './samples.ts';
import { ADMIN, SIGNED } from './security.ts';

/** Names of the groups that operations are shown in. */
export type Tag = 'Jobs' | 'Catalogue' | 'Workers' | 'Administration' | 'Service';

/** Named examples, each a summary and a value. */
export type Examples = Readonly<Record<string, { readonly summary: string; readonly value: unknown }>>;

interface Route {
  /** `operationId`: what generated clients call it. */
  readonly id: string;
  readonly tag: Tag;
  readonly summary: string;
  readonly description: string;
  readonly path?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly headers?: z.core.$ZodShape;
  readonly body?: ZodOpenApiOperationObject['requestBody'];
  readonly responses: Record<`${2 | 3}${string}`, ZodOpenApiResponseObject>;
  /** May change something, of which the answer can be lost. */
  readonly changes?: true;
  /** Refusals of this route alone. */
  readonly refusals?: readonly Refusal[];
}

interface SignedRoute extends Route {
  readonly permission: Permission;
  readonly weight: number;
}

/** Below these a path names a job. */
export const JOB_PATH = z.object({
  id: jobId.meta({ description: 'The id of a job.', param: { example: JOB_ID } }),
});

/** An operation that takes signed requests. */
export function signedOperation({ permission, weight, ...route }: SignedRoute): ZodOpenApiOperationObject {
  const limited = permission !== 'worker';
  const price = limited ? `weight ${String(weight)}` : 'not limited';
  const refusals = [
    REFUSALS.unsigned,
    REFUSALS.wrongClock,
    REFUSALS.forbidden,
    ...refusalsOfBody(route),
    ...(limited ? [REFUSALS.limited] : []),
    REFUSALS.down,
  ];
  return {
    ...operation(route, refusals, limited),
    description: `*Signed, permission \`${permission}\`, ${price}.*\n\n${route.description}`,
    'x-pipai-permission': permission,
    'x-pipai-weight': weight,
    security: SIGNED,
  };
}

/** An operation for the holder of the administration token. */
export function adminOperation(route: Route): ZodOpenApiOperationObject {
  const refusals = [REFUSALS.wrongToken, REFUSALS.noRoute, ...refusalsOfBody(route), REFUSALS.down];
  return {
    ...operation(route, refusals, false),
    description: `*Administration token. 404 where the operator has configured none.*\n\n${route.description}`,
    security: ADMIN,
  };
}

/** An operation that anybody may use. */
export function openOperation(route: Route): ZodOpenApiOperationObject {
  return { ...operation(route, [], false), security: [] };
}

/** JSON sent to the service. */
export function jsonBody(schema: z.ZodType, examples: Examples, required = true) {
  return { required, content: { 'application/json': { schema, examples: mutable(examples) } } };
}

/** JSON answered by the service, with these headers after those that every answer has. */
export function jsonAnswer(
  description: string,
  schema: z.ZodType,
  examples: Examples,
  headers: readonly AnswerHeader[] = [],
): ZodOpenApiResponseObject {
  return {
    description,
    headers: answerHeaders(...headers),
    content: { 'application/json': { schema, examples: mutable(examples) } },
  };
}

/** JSON answered to a signed request of a trader's, which tells of the budget. */
export function budgetedAnswer(
  description: string,
  schema: z.ZodType,
  examples: Examples,
  headers: readonly AnswerHeader[] = [],
): ZodOpenApiResponseObject {
  return jsonAnswer(description, schema, examples, [...BUDGET_HEADERS, ...headers]);
}

function operation(route: Route, refusals: readonly Refusal[], limited: boolean): ZodOpenApiOperationObject {
  const { id, tag, summary, path, query, headers, body, responses } = route;
  const unknown = route.changes === true ? [REFUSALS.unanswered] : [];
  const all = [...refusals, ...unknown, ...(route.refusals ?? []), REFUSALS.bug];
  return {
    operationId: id,
    tags: [tag],
    summary,
    description: route.description,
    requestParams: {
      ...(path === undefined ? {} : { path }),
      ...(query === undefined ? {} : { query }),
      header: z.object({ ...headers, ...REQUEST_ID }),
    },
    ...(body === undefined ? {} : { requestBody: body }),
    responses: { ...responses, ...errorResponses(all, limited) },
  };
}

/** What is refused of bodies, also where a route takes none. Of dumps, which are no JSON, any type is taken. */
function refusalsOfBody({ body }: Route): Refusal[] {
  const isJson = body === undefined || 'application/json' in body.content;
  return isJson ? [REFUSALS.tooLarge, REFUSALS.notJson] : [REFUSALS.tooLarge];
}

function mutable(examples: Examples): Record<string, { summary: string; value: unknown }> {
  return { ...examples };
}
