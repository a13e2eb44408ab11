import type { Command } from 'commander';
import type { Job, JobEventData, JobStatus } from '../../client/index.ts';
import { trader } from '../access.ts';
import { conclude, concludeSilently } from '../conclude.ts';
import { jobId, jsonFlag } from '../flags.ts';
import { follow, interruptible } from '../follow.ts';
import type { Session } from '../session.ts';

/** Adds `pipai watch`. */
export function addWatch(program: Command, session: Session): void {
  const command = program
    .command('watch')
    .description('Follow a job to its end, and print its metrics; Ctrl-C asks whether to cancel it')
    .argument('<id>', 'the job', jobId);
  jsonFlag(command, 'each state of the job, without result, as a line of JSON').action((id: string) =>
    watch(session, id),
  );
}

async function watch(session: Session, id: string): Promise<void> {
  const client = await trader(session);
  if (!session.json) {
    conclude(
      session,
      await interruptible(session, (leaving) => follow(session, client, id, { command: 'watch', leaving })),
    );
    return;
  }
  const told: JobStatus[] = [];
  const onState = (job: JobEventData) => {
    told.push(job.status);
    session.printJson(job);
  };
  const ended = await interruptible(session, (leaving) =>
    follow(session, client, id, { command: 'watch', leaving, onState }),
  );
  // After a cancel by Ctrl-C no event tells the end.
  if (told.at(-1) !== ended.status) session.printJson(withoutResultOf(ended));
  concludeSilently(session, ended);
}

function withoutResultOf({ result: _, ...job }: Job): JobEventData {
  return job;
}
