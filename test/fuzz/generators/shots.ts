import fc from 'fast-check';
import { OPERATIONS } from '../../support/api-document.ts';
import { documentedAt } from './documented.ts';
import { grammarless } from './grammarless.ts';

/** Requests of every kind at every operation. */
export const shots = fc.oneof(
  { weight: 3, arbitrary: documentedAt(OPERATIONS) },
  { weight: 2, arbitrary: grammarless(OPERATIONS) },
);
