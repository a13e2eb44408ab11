import { expect, inject, it } from 'vitest';
import { OPERATIONS } from '../../support/api-document.ts';
import { codeOf } from '../checkers.ts';
import { hunt } from '../hunt.ts';
import { Range } from '../range.ts';
import { figures } from '../report.ts';
import { Tally } from '../tally.ts';
import { answererOf, mustLeaveNoTrace, wireFaults } from './checkers.ts';
import { wireShots } from './faults.ts';
import { Outside } from './outside.ts';

/** Requests broken byte by byte, over sockets to a real service: what is refused leaves no trace in its store. */

const plan = inject('fuzz');
const { only } = plan;

it.skipIf(only !== null && only.what !== 'wire')(
  'survives whatever comes over a socket',
  { timeout: 3_600_000 },
  async () => {
    const outside = await Outside.open();
    const tally = new Tally();
    const began = performance.now();
    try {
      const range = new Range(outside, {
        faultsOf: (exchange) => wireFaults(exchange, outside.fault, outside.heardWhole),
        mustChangeNothing: mustLeaveNoTrace,
      });
      await hunt('wire', wireShots, plan, plan.wire, async ({ shot, fault }) => {
        outside.fault = fault;
        const { exchange, faults } = await range.fire(shot);
        tally.count({
          fault: fault.do,
          operation: shot.operation,
          'who answered': answererOf(exchange),
          'status and who': `${String(exchange.status)} ${answererOf(exchange)}`,
          code: codeOf(exchange) ?? 'none',
        });
        return faults;
      });
    } finally {
      await outside.close();
    }
    console.log(figures('requests over sockets', plan.wire, began, plan.seed, tally));
    if (only !== null) return;
    const aimedAt = tally.values('operation').sort();
    expect(aimedAt).toEqual(OPERATIONS.map(({ operationId }) => operationId).sort());
  },
);
