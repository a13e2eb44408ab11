import { createMessageBatch, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import service from '../../src/index.ts';
import { call, type Credentials } from '../support/client.ts';
import { GRID_JOB, accountStub, jobStub } from '../support/jobs.ts';
import { auditOf, beatOf, jobOf, leaseOf, listOf } from './answers.ts';
import type { Answer, Call } from './model/world.ts';

/** The one place where the torture speaks to the service: over HTTP where there is a route, else as the platform does. */

/** Who calls. */
export interface Cast {
  trader: Credentials;
  workers: readonly Credentials[];
  /** A trader of another account. */
  stranger: Credentials;
}

/** A day of hours: the executor is through with it at once. */
const SHORT_JOB = { ...GRID_JOB, end: '2025-01-01T23:00:00Z' };
const DISPATCH = 'pipai-dispatch';

/** Makes a call of the model's, and says in its words what came back. */
export async function perform(cast: Cast, wish: Call): Promise<Answer> {
  switch (wish.call) {
    case 'create': {
      const headers = keyed(wish.key);
      const options = { headers, timestamp: wish.signedAt };
      const body = { ...SHORT_JOB, capital: String(wish.tag) };
      return jobOf(await call(cast.trader, 'POST', '/v1/backtest/jobs', body, options));
    }
    case 'start': {
      const path = `/v1/worker/jobs/${wish.id}/start`;
      return leaseOf(await call(workerOf(cast, wish.actor), 'POST', path));
    }
    case 'heartbeat': {
      const { lease, progress } = wish;
      const path = `/v1/worker/jobs/${wish.id}/heartbeat`;
      return beatOf(await call(workerOf(cast), 'POST', path, { lease, progress }));
    }
    case 'complete': {
      const body = {
        lease: wish.lease,
        result: { metrics: metricsOf(wish.result), equity_curve: [], trades: [] },
      };
      return jobOf(
        await call(workerOf(cast, wish.actor), 'POST', `/v1/worker/jobs/${wish.id}/complete`, body),
      );
    }
    case 'fail': {
      const body = { lease: wish.lease, error: { code: wish.error, message: 'It fails.' } };
      return jobOf(await call(workerOf(cast, wish.actor), 'POST', `/v1/worker/jobs/${wish.id}/fail`, body));
    }
    case 'cancel': {
      const body = wish.reason === null ? undefined : { reason: wish.reason };
      const path = `/v1/backtest/jobs/${wish.id}/cancel`;
      return jobOf(await call(cast.trader, 'POST', path, body, { headers: keyed(wish.key) }));
    }
    case 'get':
      return jobOf(await call(cast.trader, 'GET', `/v1/backtest/jobs/${wish.id}`));
    case 'stranger':
      return jobOf(await call(cast.stranger, 'POST', `/v1/backtest/jobs/${wish.id}/cancel`));
    case 'audit':
      return auditOf(await call(cast.trader, 'GET', `/v1/backtest/jobs/${wish.id}/audit`));
    case 'list':
      return listOf(await call(cast.trader, 'GET', '/v1/backtest/jobs?limit=100'));
    case 'ring':
      return await rung(() => jobStub(wish.id), wish.again);
    case 'ring account':
      return await rung(() => accountStub(cast.trader), wish.again);
    case 'tell':
      return await arrived(cast, wish);
    case 'execute':
      return await delivered(DISPATCH, wish.id);
    case 'bury':
      return await delivered(`${DISPATCH}-dead`, wish.id);
  }
}

/** Runs an alarm, as the platform does: again later when the object died of it. */
async function rung(stub: () => DurableObjectStub, again: boolean): Promise<Answer> {
  try {
    await (again ? runInDurableObject(stub(), (object) => object.alarm?.()) : runDurableObjectAlarm(stub()));
    return { kind: 'taken' };
  } catch {
    await runInDurableObject(stub(), (_, { storage }) => storage.setAlarm(Date.now()));
    return { kind: 'refused', code: 'INTERNAL', status: null };
  }
}

/** A telling as a job sends it: of the job's own part only what the account takes over. */
async function arrived(cast: Cast, { id, news }: Extract<Call, { call: 'tell' }>): Promise<Answer> {
  const { changes, error, result, ...rest } = news;
  const telling = {
    ...rest,
    id,
    config: '',
    submittedAt: 0,
    error: error === null ? null : JSON.stringify({ code: error, message: '' }),
    metrics: result === null ? null : JSON.stringify(metricsOf(result)),
    version: changes + 1,
  };
  try {
    await accountStub(cast.trader).project(telling);
    return { kind: 'taken' };
  } catch {
    return { kind: 'refused', code: 'INTERNAL', status: null };
  }
}

async function delivered(queue: string, id: string): Promise<Answer> {
  const message = { id: 'delivery', timestamp: new Date(), attempts: 1, body: { job_id: id } };
  await service.queue(createMessageBatch(queue, [message]), env);
  return { kind: 'taken' };
}

function metricsOf(result: string): { total_trades: number } {
  return { total_trades: Number(result.slice(1)) };
}

function keyed(key: string | null): Record<string, string> {
  return key === null ? {} : { 'Idempotency-Key': key };
}

function workerOf({ workers }: Cast, apiKey?: string): Credentials {
  const worker = workers.find((each) => each.apiKey === apiKey) ?? workers[0];
  if (worker === undefined) throw new Error('there is no worker');
  return worker;
}
