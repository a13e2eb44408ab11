/** `npm run kill`: 50 times SIGKILL to every process of a real service that clients use, and a restart on its store. */
import { besiege } from '../command.ts';
import { inWords } from '../checks/violation.ts';
import type { KillFigures, Restart, Times } from './figures.ts';
import { KILL_VARS, kill } from './kill.ts';

const LIMIT_MS = 30 * 60_000;

await besiege({
  count: { flag: '--kills', usual: 50, most: 1000 },
  vars: KILL_VARS,
  maxRunningJobs: 2,
  limitMs: LIMIT_MS,
  run: (stage, kills, seed, tell) =>
    kill(stage, kills, seed, (restart, number) => {
      tell(`kill ${String(number)} of ${String(kills)}, ${inLine(restart)}`);
    }),
  report,
});

function inLine({ when, upMs, recovery }: Restart): string {
  if (recovery === null) return `during ${when}: killed again before it answered`;
  const { interrupted, movedMs, finalMs } = recovery;
  return `during ${when}: up after ${seconds(upMs)}, ${String(interrupted)} interrupted, moving after ${seconds(movedMs)}, final after ${seconds(finalMs)}`;
}

function report(figures: KillFigures): string[] {
  const { kills, interrupting, created, watched, cancelled, refused, attempts, counts } = figures;
  const total = kills.load + kills.recovery + kills.startup;
  return [
    `${String(total)} kills: ${String(kills.load)} under load, ${String(kills.recovery)} during recovery, ${String(kills.startup)} during startup; ${String(interrupting)} were seen to interrupt jobs`,
    `${String(created)} jobs created, ${String(watched)} watched; ${String(cancelled)} cancels answered 200, ${String(refused)} came too late`,
    `${String(attempts.all)} requests of the clients; repeated: ${String(attempts.unanswered)} without an answer, ${String(attempts.status5xx)} with 5xx`,
    `from start to answering: ${inSeconds(figures.up)}`,
    `from answering to the first interrupted job moving: ${inSeconds(figures.moved)}`,
    `from answering to all interrupted jobs final: ${inSeconds(figures.final)}`,
    inWords(counts),
  ];
}

function inSeconds(times: Times | null): string {
  if (times === null) return 'never seen';
  return `median ${seconds(times.medianMs)}, worst ${seconds(times.worstMs)} of ${String(times.times)}`;
}

function seconds(ms: number | null): string {
  return ms === null ? '-' : `${(ms / 1000).toFixed(1)} s`;
}
