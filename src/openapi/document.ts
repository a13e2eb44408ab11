import { createDocument, createSchema } from 'zod-openapi';
import { errorEnvelope, jobEventData } from '../schemas/responses.ts';
import { adminPaths } from './admin.ts';
import { cataloguePaths } from './catalogue.ts';
import { eventPaths } from './events.ts';
import { guide, type GuideTexts } from './guide.ts';
import { jobPaths } from './jobs.ts';
import type { Tag } from './operation.ts';
import { SECURITY_SCHEMES } from './security.ts';
import { servicePaths } from './service.ts';
import { workerPaths } from './worker.ts';

const TAGS: Readonly<Record<Tag, string>> = {
  Jobs: 'Submit backtests, watch them, cancel them. Signed by a key with `read` or `trade`.',
  Catalogue: 'Which strategies and candles there are. Signed by a key with `read`.',
  Workers:
    "What machines of the operator's own do to run jobs: take one, keep it with heartbeats, report its end. Signed by a key with `worker`.",
  Administration: 'Keys, limits and candles, for the operator.',
  Service: 'For anybody, unsigned.',
};

/**
 * The whole API as an OpenAPI 3.1 document, made of the schemas that check its requests. Operations are assembled in this call and
 * not when modules load, since most isolates are never asked for it.
 */
export function buildDocument(texts: GuideTexts) {
  return createDocument({
    openapi: '3.1.1',
    info: {
      title: 'PipAI backtest jobs',
      version: '1.0.0',
      summary: 'Submit backtests, watch them, and cancel them for good.',
      description: guide(texts),
    },
    servers: [{ url: '/', description: 'The service that gave out this document.' }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    paths: {
      ...jobPaths(),
      ...eventPaths(),
      ...cataloguePaths(),
      ...workerPaths(),
      ...adminPaths(),
      ...servicePaths(),
    },
    components: {
      securitySchemes: SECURITY_SCHEMES,
      // Operations refer to these by name; as zod schemas they would be made a second time, for requests.
      schemas: { ...createSchema(jobEventData).components, ...createSchema(errorEnvelope).components },
    },
  });
}
