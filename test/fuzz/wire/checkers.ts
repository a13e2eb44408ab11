import type { Exchange } from '../../support/contract.ts';
import { faultsOf, mustChangeNothing } from '../checkers.ts';
import { mayEndEarly, type WireFault } from './faults.ts';

/** Who answered: the service, the server in front of it, or nobody: the connection was closed, or stayed silent. */
export type Answerer = 'service' | 'server in front' | 'nobody';

/** The service gives every answer an id. */
export function answererOf({ status, headers }: Exchange): Answerer {
  if (status === 0) return 'nobody';
  return headers.has('X-Request-Id') ? 'service' : 'server in front';
}

/** A line of a stack that is not the local server's own. */
const OURS = /^ +at (?!.*\/miniflare\/)/m;
/** What a server may say of a request line it does not understand. */
const UNKNOWN_WORDS = [501, 505];

/**
 * What is wrong with an answer that came over a socket. The server in front may refuse, and may fail over bytes that are no
 * request; the local one does, before the service hears of them. Pure.
 * @param isWhole whether the answer was there to its end: whoever ends a request in its middle may lose that.
 */
export function wireFaults(exchange: Exchange, fault: WireFault, isWhole = true): string[] {
  const { status, text } = exchange;
  switch (answererOf(exchange)) {
    case 'service':
      if (isWhole) return faultsOf(exchange);
      return mayEndEarly(fault) && status < 500
        ? []
        : [`the service's answer of ${String(status)} was cut short`];
    case 'nobody':
      return fault.do === 'nothing' ? ['the connection was closed without an answer'] : [];
    case 'server in front': {
      if (OURS.test(text)) return [`the service threw: ${text.slice(0, 300)}`];
      const refused = (status >= 400 && status < 500) || UNKNOWN_WORDS.includes(status);
      return refused || (status >= 500 && fault.do !== 'nothing')
        ? []
        : [`the server in front answered ${String(status)} ${text.slice(0, 200)}`];
    }
  }
}

/**
 * Whether everything must be as it was. Where an answer got lost on its way the service may have acted, but only on a request
 * that it need not have read whole: a DELETE. Pure.
 */
export function mustLeaveNoTrace(exchange: Exchange): boolean {
  if (answererOf(exchange) === 'service') return mustChangeNothing(exchange);
  return exchange.method !== 'DELETE' || (exchange.status >= 400 && exchange.status < 500);
}
