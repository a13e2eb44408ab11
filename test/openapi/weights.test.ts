import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { OPERATIONS } from '../support/api-document.ts';
import { call, mintKey, type Answer } from '../support/client.ts';
import { anHourAhead, freezeClock } from '../support/clock.ts';
import { createJob, GRID_JOB } from '../support/jobs.ts';

// One minute's budget, whenever the test runs.
beforeEach(() => {
  freezeClock(anHourAhead());
});
afterEach(() => {
  vi.useRealTimers();
});

function used(answer: Answer): number {
  return Number(answer.headers.get('X-PipAI-Used-Weight-1m') ?? NaN);
}

const limited = OPERATIONS.filter((each) => ['read', 'trade'].includes(each['x-pipai-permission'] ?? ''));

test.each(limited)('$operationId uses the weight that the document gives', async (operation) => {
  const who = await mintKey(['read', 'trade']);
  const job = await createJob(who);
  const before = used(await call(who, 'GET', '/v1/backtest/templates'));
  const body = operation.operationId === 'createJob' ? GRID_JOB : undefined;
  const answer = await call(who, operation.method, operation.path.replace('{id}', job.id), body);
  expect(answer.status).toBeLessThan(300);
  expect(used(answer) - before).toBe(operation['x-pipai-weight']);
  expect(operation.description).toContain(`weight ${String(operation['x-pipai-weight'])}.`);
});
