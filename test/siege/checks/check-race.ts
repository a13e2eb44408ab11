import { isDeepStrictEqual } from 'node:util';
import type { Job } from '../../../src/client/index.ts';
import { isFinal } from '../../../src/client/wire.ts';
import { checkAftermath, type Aftermath } from './aftermath.ts';
import { checkEvents } from './events.ts';
import { ENDS, endsOf, shown, winnersOf, type Race } from './race.ts';
import { Findings, type Violation } from './violation.ts';

/** Whether a race had one end, which everybody was told and nothing has changed since. Pure. */
export function checkRace(race: Race, after: Aftermath): Violation[] {
  const findings = new Findings(race.id);
  for (const told of race.told) {
    const isAnswered = told.status !== null && told.status < 500;
    findings.expect(isAnswered, 'server_error', `${shown(told)}.`);
    const isBad = isAnswered && told.act === 'heartbeat' && told.status !== 200;
    findings.expect(!isBad, 'wrong_answer', `${shown(told)}.`);
  }
  checkWinners(findings, race);
  const found = [...findings.found, ...checkAftermath(after)];
  const { job } = after;
  if (job === null) return found;
  const told = new Findings(race.id);
  checkStarts(told, race, after);
  checkLosers(told, race, job);
  checkStands(told, race, job);
  checkOwner(told, race, after);
  checkProgress(told, race, job);
  return [...found, ...told.found, ...(race.watched === null ? [] : checkEvents(job, race.watched))];
}

/** One side is told that it won, and of requests that do not repeat each other one. */
function checkWinners(findings: Findings, race: Race): void {
  const winners = winnersOf(race);
  const text = winners.map(shown).join('; ');
  findings.expect(winners.length > 0, 'wrong_answer', 'Nobody was told to have ended it.');
  const decisions = new Set(winners.map((told) => `${told.act} ${told.mark}`));
  findings.expect(decisions.size <= 1, 'double_end', `Several ended it: ${text}.`);
  // The answer to a repeated completion does not call itself a repetition; the same failure is never accepted again.
  const acted = winners.filter((told) => told.act !== 'complete' && !told.replayed);
  const isOnce = acted.length === 1 || winners.every((told) => told.act === 'complete');
  findings.expect(isOnce, 'double_end', `It was not ended once: ${text}.`);
}

/** At most one worker has it, and one that has is in the trail. */
function checkStarts(findings: Findings, race: Race, { trail }: Aftermath): void {
  const starts = race.told.filter((told) => told.act === 'start');
  const granted = starts.filter((told) => told.status === 200);
  const text = granted.map(shown).join('; ');
  findings.expect(granted.length <= 1, 'double_end', `Several have started it: ${text}.`);
  const runs = trail.filter((row) => row.to === 'running').map((row) => row.request_id);
  const asked = granted.map((told) => told.requestId);
  const rows = `Its trail has it started by ${runs.join()}, the answers by ${asked.join()}.`;
  findings.expect(isDeepStrictEqual(runs, asked), 'disagreement', rows);
  for (const told of starts) {
    const isRefused = told.status === 409 && told.code === 'INVALID_STATE';
    findings.expect(isRefused || told.status === 200, 'wrong_answer', `${shown(told)}.`);
  }
}

/** Whoever does not win is told 409, and how it ended; a lease that was never granted ends nothing. */
function checkLosers(findings: Findings, race: Race, job: Job): void {
  for (const told of endsOf(race)) {
    const strange = told.act !== 'cancel' && told.lease !== race.lease;
    if (told.status === 200) {
      findings.expect(!strange, 'wrong_answer', `${shown(told)} with a lease that nobody was granted.`);
      continue;
    }
    const late = told.code === 'INVALID_STATE' && told.says === job.status;
    const stale = told.code === 'STALE_LEASE' && strange;
    findings.expect(told.status === 409 && (late || stale), 'wrong_answer', `${shown(told)}.`);
  }
}

/** From the answer on that it ended, every answer agrees; no answer names another end. */
function checkStands(findings: Findings, race: Race, job: Job): void {
  const [decided] = winnersOf(race);
  const undone = decided?.act === 'cancel' ? 'undone_cancel' : 'disagreement';
  for (const told of winnersOf(race)) {
    const text = `${shown(told)}, which had ${JSON.stringify(told.job)}; the job is ${JSON.stringify(job)}.`;
    findings.expect(job.status === ENDS[told.act], undone, text);
    findings.expect(isDeepStrictEqual(told.job, job), undone, text);
  }
  for (const told of race.told) {
    if (told.says !== null && isFinal(told.says)) {
      const text = `${shown(told)}; the job is ${job.status}.`;
      findings.expect(told.says === job.status, 'double_end', text);
    }
    if (decided === undefined || told.sentAt <= decided.answeredAt) continue;
    const text = `${shown(told)}, after ${shown(decided)}.`;
    findings.expect(told.says === job.status, undone, text);
  }
}

/** The trail, and what the job keeps of its end, are the winner's. */
function checkOwner(findings: Findings, race: Race, { job, trail }: Aftermath): void {
  const winners = winnersOf(race);
  const [winner] = winners;
  const row = trail.at(-1);
  if (winner === undefined || row === undefined || job === null) return;
  const owner = winners.find((told) => told.requestId === row.request_id);
  const text = `Its trail gives its end to ${row.actor}, ${String(row.request_id)}, and the winner is ${shown(winner)}.`;
  findings.expect(owner?.by === row.actor && !owner.replayed, 'disagreement', text);
  const kept = { cancel: row.reason, complete: sign(job), fail: job.error?.message }[winner.act];
  const keeps = `It keeps ${String(kept)} of its end, and the winner is ${shown(winner)}.`;
  findings.expect(kept === winner.mark, 'disagreement', keeps);
}

/** A cancel keeps the progress that was acknowledged before it, and no more than was ever reported. */
function checkProgress(findings: Findings, race: Race, job: Job): void {
  const [winner] = winnersOf(race);
  if (winner?.act !== 'cancel') return;
  const beats = race.told.filter((told) => told.act === 'heartbeat');
  const known = beats.filter((told) => told.status === 200 && told.says === null);
  const before = known.filter((told) => told.answeredAt < winner.sentAt);
  const least = Math.max(0, ...before.map((told) => told.progress ?? 0));
  const most = Math.max(0, ...beats.map((told) => told.progress ?? 0));
  const text = `It was cancelled at ${String(job.progress)}, of ${String(least)} to ${String(most)} reported.`;
  findings.expect(job.progress >= least && job.progress <= most, 'disagreement', text);
}

/** How a result is known for one worker's: the storm's workers report nothing but this. */
function sign(job: Job): string {
  return String(job.result?.metrics.total_trades);
}
