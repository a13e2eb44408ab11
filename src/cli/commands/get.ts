import type { Command } from 'commander';
import { trader } from '../access.ts';
import { jobId, jsonFlag } from '../flags.ts';
import { jobSummary, metricsTable } from '../output/job.ts';
import type { Session } from '../session.ts';

/** Adds `pipai get`. */
export function addGet(program: Command, session: Session): void {
  const command = program
    .command('get')
    .description('Show a job: what was asked, and where it stands')
    .argument('<id>', 'the job', jobId);
  jsonFlag(command, 'the job with its whole result as JSON').action((id: string) => get(session, id));
}

async function get(session: Session, id: string): Promise<void> {
  const job = await (await trader(session)).get(id);
  if (session.json) {
    session.printJson(job);
    return;
  }
  session.print(jobSummary(session.io.stdout, job));
  if (job.result !== null) session.print(`\n${metricsTable(job.result)}`);
}
