import fc from 'fast-check';
import { authenticationFailures, bodyOf, type Cast, type Forgery } from '../../support/forgeries.ts';
import { SIGNED_ROUTES, type SignedRoute } from '../../support/signed-routes.ts';
import type { Part } from '../watched-bindings.ts';

/** Requests that nobody may get in with. */

/** Why a request is refused. */
export const FRAUDS = [
  'forged',
  'stale',
  'key is over',
  'without permission',
  'replayed',
  'cross-account',
] as const;
export type Fraud = (typeof FRAUDS)[number];

/** One such request; {@link forgeryOf} makes it up, around a cast. */
export interface Attempt {
  fraud: Fraud;
  /** Name of the route. */
  route: string;
  /** Name of the failure, or what was changed. */
  way: string;
  /** Where something is changed, and into what. */
  at: number;
  digit: number;
}

/** What is answered. */
export const ANSWERS: Readonly<Record<Fraud, string>> = {
  forged: 'UNAUTHORIZED',
  stale: 'TIMESTAMP_OUT_OF_WINDOW',
  'key is over': 'UNAUTHORIZED',
  'without permission': 'FORBIDDEN',
  replayed: 'REPLAYED_REQUEST',
  'cross-account': 'NOT_FOUND',
};

/** What is asked before it is answered: the Worker alone sees through what is not authentic; of a key its account knows. */
export const MAY_REACH: Readonly<Record<Fraud, readonly Part[]>> = {
  forged: [],
  stale: [],
  'key is over': ['ACCOUNT'],
  'without permission': ['ACCOUNT'],
  replayed: ['ACCOUNT'],
  'cross-account': ['ACCOUNT', 'BACKTEST_JOB'],
};

const failures = authenticationFailures();
const OVER = ['a revoked key', 'an expired key'];
const failuresOf: Readonly<Partial<Record<Fraud, readonly string[]>>> = {
  forged: failures
    .filter(({ code, name }) => code === 'UNAUTHORIZED' && !OVER.includes(name))
    .map(({ name }) => name),
  'key is over': OVER,
  'without permission': failures.filter(({ code }) => code === 'FORBIDDEN').map(({ name }) => name),
};

/** One character of what is sent or signed is another, anywhere. */
const FORGED_AT = [
  'a digit of the signature',
  'a character of the key',
  'a digit of the time',
  'the body',
  'the target',
  'the secret',
];
/** Just outside of the window, or far. */
const STALE = ['behind', 'ahead'];
/** What a copy of a request may have otherwise: what is not signed. */
export const REPLAYS: Readonly<Record<string, (headers: Headers) => void>> = {
  'as it was': () => undefined,
  'signature in upper case': (headers) => {
    headers.set('X-PipAI-Signature', (headers.get('X-PipAI-Signature') ?? '').toUpperCase());
  },
  'with an Idempotency-Key': (headers) => {
    headers.set('Idempotency-Key', crypto.randomUUID());
  },
  'with another request id': (headers) => {
    headers.set('X-Request-Id', 'another');
  },
};
/** Routes about one job that is its owner's alone. */
const OWNED = ['get', 'cancel', 'audit', 'events'];

const names = SIGNED_ROUTES.map(({ name }) => name);

function attempts(fraud: Fraud, routes: readonly string[], ways: readonly string[]): fc.Arbitrary<Attempt> {
  return fc.record({
    fraud: fc.constant(fraud),
    route: fc.constantFrom(...routes),
    way: fc.constantFrom(...ways),
    at: fc.nat(500),
    digit: fc.integer({ min: 1, max: 15 }),
  });
}

/** Attempts of every kind on every route they fit. */
export const frauds: fc.Arbitrary<Attempt> = fc.oneof(
  { weight: 8, arbitrary: attempts('forged', names, failuresOf.forged ?? []) },
  { weight: 8, arbitrary: attempts('forged', names, FORGED_AT) },
  { weight: 4, arbitrary: attempts('stale', names, STALE) },
  { weight: 2, arbitrary: attempts('key is over', names, failuresOf['key is over'] ?? []) },
  { weight: 2, arbitrary: attempts('without permission', names, failuresOf['without permission'] ?? []) },
  { weight: 2, arbitrary: attempts('replayed', ['create'], Object.keys(REPLAYS)) },
  { weight: 4, arbitrary: attempts('cross-account', OWNED, ['another account']) },
);

/** The route of an attempt. */
export function routeOf({ route }: Attempt): SignedRoute {
  const found = SIGNED_ROUTES.find(({ name }) => name === route);
  if (found === undefined) throw new Error(`There is no route ${route}.`);
  return found;
}

/** How an attempt departs from a right request. */
export function forgeryOf(attempt: Attempt, cast: Cast, now: number, windowMs: number): Forgery {
  const { fraud, way, at } = attempt;
  const route = routeOf(attempt);
  switch (fraud) {
    case 'cross-account':
      return { who: cast.stranger };
    case 'replayed':
      return {};
    case 'stale': {
      // From a millisecond too far to hours.
      const offset = windowMs + 1 + at ** 3;
      return { timestamp: String(way === 'ahead' ? now + offset : now - offset) };
    }
    default: {
      const known = failures.find(({ name }) => name === way);
      return known?.forge(cast, route) ?? changedBit(attempt, route, cast, now);
    }
  }
}

function changedBit({ way, at, digit }: Attempt, route: SignedRoute, cast: Cast, now: number): Forgery {
  const { apiKey, apiSecret } = cast.owner;
  switch (way) {
    case 'a digit of the signature':
      return { signature: (right) => otherDigit(right, at, digit) };
    case 'a character of the key':
      return { apiKey: otherDigit(apiKey, at, digit) };
    case 'a digit of the time':
      return { signs: { timestamp: String(now - 1 - at) } };
    case 'the body':
      return { signs: { body: `${bodyOf(route, cast)}${' '.repeat(1 + at)}` } };
    case 'the target':
      return { signs: { target: `${route.target(cast.job)}?${String(at)}` } };
    default:
      return { signs: { secret: otherDigit(apiSecret, at, digit) } };
  }
}

/** The text with one character another: of hex digits another digit. */
function otherDigit(text: string, at: number, by: number): string {
  const place = at % text.length;
  const char = text.charAt(place);
  const value = parseInt(char, 16);
  const other = Number.isNaN(value) ? 'zyxwvutsrqponmlk'.charAt(by) : ((value + by) % 16).toString(16);
  return text.slice(0, place) + (other === char ? '~' : other) + text.slice(place + 1);
}
