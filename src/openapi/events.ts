import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { invalid, REFUSALS } from './errors.ts';
import { answerHeaders, BUDGET_HEADERS, LAST_EVENT_ID } from './headers.ts';
import { JOB_PATH, signedOperation } from './operation.ts';
import { DONE, eventData, RUNNING } from './samples.ts';

const event = (id: number, data: unknown) =>
  `event: job\nid: ${String(id)}\ndata: ${JSON.stringify(data)}\n\n`;

const events = () =>
  signedOperation({
    id: 'watchJob',
    tag: 'Jobs',
    summary: "Watch a job's changes as they happen",
    permission: 'read',
    weight: 5,
    description: `Server-sent events. Each has \`event: job\`, an \`id\` that rises with every change, and as \`data\` the job without its member
\`result\`: fetch that with \`GET /v1/backtest/jobs/{id}\` once the status is \`done\`.

- The present state comes at once, then every change of status, and progress at most four times a second.
- After the event with a final status the stream ends.
- Comments every 15 seconds keep the connection open. \`retry: 2000\` asks clients to reconnect after two seconds.
- A stream lasts an hour at most. Reconnect with \`Last-Event-ID\`, signed anew, and nothing is repeated or missed: what you get is
  always the newest state. With the \`id\` of a final state the stream is empty and ends.

\`EventSource\` of browsers cannot sign; read the body of \`fetch\` instead.`,
    path: JOB_PATH,
    headers: LAST_EVENT_ID,
    responses: {
      '200': {
        description: "The stream. Each event's `data` is a `JobEventData`, on one line.",
        headers: answerHeaders(...BUDGET_HEADERS),
        content: {
          'text/event-stream': {
            schema: {
              type: 'string',
              contentMediaType: 'text/event-stream',
              contentSchema: { $ref: '#/components/schemas/JobEventData' },
            },
            examples: {
              done: {
                summary: 'A job that runs, then is done',
                value: `retry: 2000\n\n${event(3, eventData(RUNNING))}: still here\n\n${event(9, eventData(DONE))}`,
              },
            },
          },
        },
      },
    },
    refusals: [
      invalid({ 'Last-Event-ID': 'must be the id of an event, a whole number of at most 15 digits' }),
      REFUSALS.noJob,
    ],
  });

/** The event stream. */
export function eventPaths(): ZodOpenApiPathsObject {
  return { '/v1/backtest/jobs/{id}/events': { get: events() } };
}
