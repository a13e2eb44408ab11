import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { OPERATIONS } from '../support/api-document.ts';
import { codeOf } from './checkers.ts';
import { shots } from './generators/shots.ts';
import { hunt } from './hunt.ts';
import { inside } from './inside.ts';
import { beginQuietly, endQuietly, print, tick } from './quiet.ts';
import { Range } from './range.ts';
import { figures } from './report.ts';
import { Tally } from './tally.ts';

/** Generated requests inside the runtime: each is answered as the document has it, and what is refused leaves no trace. */

const plan = inject('fuzz');
const { only } = plan;

beforeAll(beginQuietly);
afterAll(endQuietly);

it.skipIf(only !== null && only.what !== 'shot')(
  'answers whatever is sent',
  { timeout: 3_600_000 },
  async () => {
    const range = new Range(inside);
    const tally = new Tally();
    const began = performance.now();
    await hunt('shot', shots, plan, plan.requests, async (shot) => {
      tick();
      const { exchange, faults } = await range.fire(shot);
      tally.count({
        kind: shot.kind,
        operation: shot.operation,
        status: String(exchange.status),
        code: codeOf(exchange) ?? 'none',
      });
      return faults;
    });
    print(figures('requests', plan.requests, began, plan.seed, tally));
    if (only !== null) return;
    const aimedAt = tally.values('operation').sort();
    expect(aimedAt).toEqual(OPERATIONS.map(({ operationId }) => operationId).sort());
  },
);
