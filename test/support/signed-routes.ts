import type { Permission } from '../../src/schemas/admin.ts';
import { EMPTY_RESULT, GRID_JOB } from './jobs.ts';

/** A route that only takes signed requests. */
export interface SignedRoute {
  name: string;
  method: 'GET' | 'POST';
  permission: Permission;
  /** With the id of a job, where the route is about one. */
  target: (job: string) => string;
  /** A right body, with the lease of the job where it needs one; null where the route takes none. */
  body: (lease: string) => object | null;
  /** Whether the job is to be running for the request to succeed. */
  running: boolean;
  /** The status of its success. */
  status: number;
}

const JOBS = '/v1/backtest/jobs';
const WORKER = '/v1/worker/jobs';
const none = () => null;

/** Every signed route of the service. A new one belongs into this table, and is then held to all that the others are. */
export const SIGNED_ROUTES: readonly SignedRoute[] = [
  {
    name: 'create',
    method: 'POST',
    permission: 'trade',
    target: () => JOBS,
    body: () => GRID_JOB,
    running: false,
    status: 201,
  },
  {
    name: 'list',
    method: 'GET',
    permission: 'read',
    target: () => JOBS,
    body: none,
    running: false,
    status: 200,
  },
  {
    name: 'get',
    method: 'GET',
    permission: 'read',
    target: (job) => `${JOBS}/${job}`,
    body: none,
    running: false,
    status: 200,
  },
  {
    name: 'cancel',
    method: 'POST',
    permission: 'trade',
    target: (job) => `${JOBS}/${job}/cancel`,
    body: () => ({ reason: 'no longer needed' }),
    running: false,
    status: 200,
  },
  {
    name: 'audit',
    method: 'GET',
    permission: 'read',
    target: (job) => `${JOBS}/${job}/audit`,
    body: none,
    running: false,
    status: 200,
  },
  {
    name: 'events',
    method: 'GET',
    permission: 'read',
    target: (job) => `${JOBS}/${job}/events`,
    body: none,
    running: false,
    status: 200,
  },
  {
    name: 'start',
    method: 'POST',
    permission: 'worker',
    target: (job) => `${WORKER}/${job}/start`,
    body: none,
    running: false,
    status: 200,
  },
  {
    name: 'heartbeat',
    method: 'POST',
    permission: 'worker',
    target: (job) => `${WORKER}/${job}/heartbeat`,
    body: (lease) => ({ lease, progress: 0.5 }),
    running: true,
    status: 200,
  },
  {
    name: 'complete',
    method: 'POST',
    permission: 'worker',
    target: (job) => `${WORKER}/${job}/complete`,
    body: (lease) => ({ lease, result: EMPTY_RESULT }),
    running: true,
    status: 200,
  },
  {
    name: 'fail',
    method: 'POST',
    permission: 'worker',
    target: (job) => `${WORKER}/${job}/fail`,
    body: (lease) => ({ lease, error: { code: 'INTERNAL', message: 'broken' } }),
    running: true,
    status: 200,
  },
  {
    name: 'templates',
    method: 'GET',
    permission: 'read',
    target: () => '/v1/backtest/templates',
    body: none,
    running: false,
    status: 200,
  },
  {
    name: 'candles',
    method: 'GET',
    permission: 'read',
    target: () => '/v1/candles',
    body: none,
    running: false,
    status: 200,
  },
];
