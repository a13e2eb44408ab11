import type { Command } from 'commander';
import { trader } from '../access.ts';
import { jobId, jsonFlag } from '../flags.ts';
import { visible, when } from '../output/format.ts';
import { table } from '../output/table.ts';
import type { Session } from '../session.ts';

/** Adds `pipai audit`. */
export function addAudit(program: Command, session: Session): void {
  const command = program
    .command('audit')
    .description('Show who changed the status of a job, when and why')
    .argument('<id>', 'the job', jobId);
  jsonFlag(command, 'the trail as a JSON array').action((id: string) => audit(session, id));
}

async function audit(session: Session, id: string): Promise<void> {
  const rows = await (await trader(session)).audit(id);
  if (session.json) {
    session.printJson(rows);
  } else if (rows.length === 0) {
    session.note('Its status has not changed yet.');
  } else {
    const columns = [
      { title: 'AT', of: (row: (typeof rows)[number]) => when(row.at) },
      { title: 'FROM', of: (row: (typeof rows)[number]) => row.from },
      { title: 'TO', of: (row: (typeof rows)[number]) => row.to },
      { title: 'ACTOR', of: (row: (typeof rows)[number]) => row.actor },
      { title: 'REASON', of: (row: (typeof rows)[number]) => visible(row.reason ?? '') },
    ];
    session.print(table(session.io.stdout, columns, rows));
  }
}
