import type { Exchange } from '../support/contract.ts';
import { codeOf, faultsOf } from './checkers.ts';
import { ANSWERS, MAY_REACH, type Attempt } from './generators/forgeries.ts';
import type { Part } from './watched-bindings.ts';

/** What is wrong with the answer to an attempt, and with what it reached; empty where nothing is. Pure. */
export function fraudFaults({ fraud }: Attempt, exchange: Exchange, reached: readonly Part[]): string[] {
  const code = codeOf(exchange);
  const due = ANSWERS[fraud];
  const too = reached.filter((part) => !MAY_REACH[fraud].includes(part));
  return [
    ...(exchange.status < 400 ? [`it was let in: ${String(exchange.status)}`] : []),
    ...(code === due ? [] : [`it should be ${due}, not ${String(code)}`]),
    ...(too.length === 0 ? [] : [`it reached ${too.join(', ')}`]),
    ...faultsOf(exchange),
  ];
}
