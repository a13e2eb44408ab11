import { ACCOUNT_FAULTS } from './account.ts';
import type { Fault } from './fault.ts';
import { JOB_FAULTS } from './job.ts';

/** Every fault the torture is tried with. */
export const FAULTS: readonly Fault[] = [...JOB_FAULTS, ...ACCOUNT_FAULTS];
