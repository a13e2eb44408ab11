import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { JobEvent, JobStatus, PipaiClient } from '../../../src/client/index.ts';
import { isJob } from '../../../src/client/wire.ts';
import { JOB_STATUSES } from '../../../src/job/machine.ts';
import { GRID } from '../../process/backtests.ts';
import type { Race, Told } from '../checks/race.ts';
import type { Line, LineAnswer } from './line.ts';
import type { Move, RacePlan } from './plan.ts';

const WATCHED_AT_MOST_MS = 120_000;

/** Who takes part in every race. */
export interface Arena {
  readonly workers: readonly Line[];
  readonly traders: readonly Line[];
  readonly client: PipaiClient;
}

/**
 * Creates a job, and has it fought over.
 * @param number tells one job from another.
 * @throws PipaiError where the job cannot be created.
 */
export async function fight(arena: Arena, plan: RacePlan, number: number): Promise<Race> {
  const { id } = await arena.client.create({ ...GRID, capital: String(10_000 + number) });
  const watching = plan.isWatched ? watched(arena.client, id) : null;
  const starts = await together(arena, plan.start, id, null);
  const lease = starts.find(({ told }) => told.act === 'start' && told.status === 200)?.lease ?? null;
  const rest: Told[] = [];
  for (const part of [plan.work, plan.race, plan.after]) {
    rest.push(...(await together(arena, part, id, lease)).map(({ told }) => told));
  }
  return { id, lease, told: [...starts.map(({ told }) => told), ...rest], watched: await watching };
}

/** What a stream told until its end, whatever ended it: one that broke off lacks the final state. */
async function watched(client: PipaiClient, id: string): Promise<JobEvent[]> {
  const events: JobEvent[] = [];
  try {
    const signal = AbortSignal.timeout(WATCHED_AT_MOST_MS);
    for await (const event of client.events(id, { signal })) events.push(event);
  } catch (error) {
    console.error(`The event stream of ${id} broke off: ${String(error)}`);
  }
  return events;
}

function together(
  arena: Arena,
  moves: readonly Move[],
  id: string,
  lease: string | null,
): Promise<{ told: Told; lease: string | null }[]> {
  return Promise.all(
    moves.map(async (move) => {
      if (move.afterMs > 0) await delay(move.afterMs);
      return await ask(arena, move, id, lease);
    }),
  );
}

async function ask(
  { workers, traders }: Arena,
  move: Move,
  id: string,
  granted: string | null,
): Promise<{ told: Told; lease: string | null }> {
  const line = (move.act === 'cancel' ? traders : workers)[move.line];
  if (line === undefined) throw new RangeError(`There is no key number ${String(move.line)}.`);
  const lease = move.madeUp === true || granted === null ? randomUUID() : granted;
  const target =
    move.act === 'cancel' ? `/v1/backtest/jobs/${id}/cancel` : `/v1/worker/jobs/${id}/${move.act}`;
  // A key goes with the cancel of one job.
  const key = move.keyed === true ? `${move.mark}-${id}` : null;
  const answer = await line.post(target, bodyOf(move, lease), key);
  const isReport = move.act === 'complete' || move.act === 'fail';
  const { body, refusedAs, ...way } = answer;
  const told: Told = {
    ...way,
    act: move.act,
    mark: move.mark,
    by: line.by,
    lease: isReport ? lease : null,
    progress: move.progress ?? null,
    says: statusIn(refusedAs, body),
    job: isJob(body) ? body : null,
  };
  return { told, lease: leaseIn(answer) };
}

function bodyOf({ act, mark, progress }: Move, lease: string): object {
  switch (act) {
    case 'cancel':
      return { reason: mark };
    case 'start':
      return {};
    case 'heartbeat':
      return { lease, progress };
    case 'fail':
      return { lease, error: { code: 'TEMPLATE_ERROR', message: mark } };
    case 'complete': {
      const metrics = { sharpe: '1.5', total_trades: Number(mark) };
      return { lease, result: { metrics, equity_curve: [['2025-01-01T00:00:00Z', '10000']], trades: [] } };
    }
  }
}

function leaseIn({ body }: LineAnswer): string | null {
  const known = typeof body === 'object' && body !== null && 'lease' in body ? body.lease : null;
  return typeof known === 'string' ? known : null;
}

/** The status that an answer names: a refusal's, a job's, or that of a heartbeat's answer that says to stop. */
function statusIn(refusedAs: string | null, body: unknown): JobStatus | null {
  const named = typeof body === 'object' && body !== null && 'status' in body ? body.status : refusedAs;
  return JOB_STATUSES.find((status) => status === named) ?? null;
}
