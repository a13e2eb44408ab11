import type { History } from './history.ts';
import { hold, holders } from './invariants.ts';
import { isFinal } from './model/world.ts';

/** More turns than any history needs: each rings an alarm or ends a job. */
const MOST_TURNS = 300;

/**
 * Brings a history to its end: the platform works again, alarms ring when they are due, workers take what the queue delivers.
 * @throws Violation where a job does not end, the account does not learn of it, or a slot stays taken.
 */
export async function drain(history: History): Promise<void> {
  await history.heal();
  await catchUp(history);
  await endAll(history);
  await slotsComeBack(history);
}

/** Rings what is due to be told until everything is. */
async function catchUp(history: History): Promise<void> {
  const behind = () =>
    history.seen.jobs.filter(({ account, object }) => account.version === 0 || object?.told === false);
  for (let turn = 0; turn < MOST_TURNS && behind().length > 0; turn++) {
    if (!(await history.nextAlarm())) break;
  }
  hold('projection', behind().length === 0, () => 'with all alarms rung, the account does not know all');
}

async function endAll(history: History): Promise<void> {
  const open = () => history.seen.jobs.filter(({ account }) => !isFinal(account.status));
  for (let turn = 0; turn < MOST_TURNS && open().length > 0; turn++) {
    if (history.book.messages.length > 0) {
      await history.step({ do: 'deliver', which: 0, copy: false, worker: 0 });
      await history.step({ do: 'complete', which: 0, elsewhere: false, result: 0 });
    } else if (!(await history.nextAlarm())) break;
  }
  hold('end', open().length === 0, () => `${String(open().length)} jobs have not come to their end`);
}

/** After everything is over, as many new jobs are handed out as there are slots. */
async function slotsComeBack(history: History): Promise<void> {
  const { slots } = history.seen;
  hold('slots', holders(history.seen).length === 0, () => 'jobs that are over hold slots');
  history.book.messages.length = 0;
  for (let job = 0; job <= slots; job++) await history.create();
  const handedOut = history.book.messages.length;
  hold('slots', handedOut === slots, () => `${String(handedOut)} of ${String(slots)} slots are given away`);
}
