import { Hono } from 'hono';
import { BucketError } from './bucket-call.ts';
import { consolePage } from './console/route.ts';
import { docsPage } from './docs/route.ts';
import { ApiError, ERROR_STATUS, outcomeUnknown, unavailable } from './errors.ts';
import type { AppEnv } from './http/context.ts';
import { lingering } from './http/lingering.ts';
import { requestId } from './http/request-id.ts';
import { methodNotAllowed } from './http/method-not-allowed.ts';
import { observed } from './observe/requests.ts';
import { serverTiming } from './observe/server-timing.ts';
import { openApi } from './openapi/route.ts';
import { admin } from './routes/admin.ts';
import { candleImport, candles } from './routes/candles.ts';
import { jobs } from './routes/jobs.ts';
import { templates } from './routes/templates.ts';
import { worker } from './routes/worker.ts';
import { isUnavailable, Unanswered } from './rpc.ts';
import { readSettings } from './settings.ts';

/** The HTTP API: what is mounted where, and how a thrown error becomes an answer. */
export const app = new Hono<AppEnv>();

app.use(requestId);
app.use(observed);
app.use(serverTiming);
app.use(lingering);
app.use(async function settings(c, next) {
  c.set('settings', readSettings(c.env));
  await next();
});

app.get('/healthz', (c) => c.json({ status: 'ok' }));
app.all('/healthz', methodNotAllowed('GET'));
app.route('/', consolePage);
app.route('/', openApi);
app.route('/', docsPage);
app.route('/v1/backtest/jobs', jobs);
app.route('/v1/backtest/templates', templates);
app.route('/v1/worker/jobs', worker);
app.route('/v1/candles', candles);
app.route('/v1/admin/candles', candleImport);
app.route('/v1/admin', admin);

app.notFound(() => {
  throw new ApiError('NOT_FOUND', 'There is no such route.');
});

app.onError((error, c) => {
  const answer = toApiError(error, c.req.method);
  c.set('outcome', answer.code);
  return c.json(answer.body(c.get('requestId')), ERROR_STATUS[answer.code], answer.headers);
});

const READS: ReadonlySet<string> = new Set(['GET', 'HEAD']);

/** What a client is told of an error; of a bug it learns nothing. */
function toApiError(error: Error, method: string): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof Unanswered && !READS.has(method)) return outcomeUnknown();
  if (isUnavailable(error) || error instanceof BucketError)
    return unavailable('A part of the service is overloaded or down.');
  return new ApiError('INTERNAL', 'Something went wrong on our side.');
}
