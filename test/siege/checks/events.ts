import { isDeepStrictEqual } from 'node:util';
import type { Job, JobEvent } from '../../../src/client/index.ts';
import { isFinal } from '../../../src/client/wire.ts';
import { Findings, type Violation } from './violation.ts';

/** Whether a stream that was watched to its end told newer and newer states, the last one final and the job's. Pure. */
export function checkEvents({ result: _, ...job }: Job, events: readonly JobEvent[]): Violation[] {
  const findings = new Findings(job.id);
  const shown = events.map((event) => `${event.id} ${event.job.status}`).join(', ');
  const ids = events.map((event) => Number(event.id));
  const newer = ids.every((id, index) => index === 0 || id > (ids[index - 1] ?? Infinity));
  findings.expect(newer, 'disagreement', `Its event ids do not increase: ${shown}.`);
  const ends = events.filter((event) => isFinal(event.job.status)).length;
  findings.expect(ends <= 1, 'double_end', `Its stream ends ${String(ends)} times: ${shown}.`);
  const last = events.at(-1)?.job;
  const text = `Its stream ends with ${JSON.stringify(last)}, the job is ${JSON.stringify(job)}.`;
  findings.expect(isDeepStrictEqual(last, job), 'disagreement', text);
  return findings.found;
}
