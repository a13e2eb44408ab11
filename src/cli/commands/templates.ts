import type { Command } from 'commander';
import { trader } from '../access.ts';
import { jsonFlag } from '../flags.ts';
import { plain } from '../output/format.ts';
import { paint } from '../output/paint.ts';
import { pairs } from '../output/table.ts';
import { recordOf, type ParamsSchema } from '../request/values.ts';
import type { Session } from '../session.ts';

/** Adds `pipai templates`. */
export function addTemplates(program: Command, session: Session): void {
  const command = program.command('templates').description('Show the strategies and their parameters');
  jsonFlag(command, 'the catalogue as a JSON array').action(() => templates(session));
}

async function templates(session: Session): Promise<void> {
  const catalogue = await (await trader(session)).templates();
  if (session.json) {
    session.printJson(catalogue);
    return;
  }
  const { stdout } = session.io;
  const texts = catalogue.map(({ id, description, multi_symbol: several, params }) =>
    [
      `${paint(stdout, 'bold', id)}  ${several ? 'one or more symbols' : 'one symbol'}`,
      `  ${plain(description)}`,
      indented(pairs(paramRows(params))),
    ].join('\n'),
  );
  session.print(texts.join('\n\n'));
}

function paramRows(schema: ParamsSchema): [string, string][] {
  const required = Array.isArray(schema.required) ? schema.required : [];
  return Object.entries(recordOf(schema.properties)).map(([name, property]) => {
    const { type, description, minimum, maximum } = recordOf(property);
    const largest = typeof maximum === 'number' && maximum < Number.MAX_SAFE_INTEGER ? maximum : null;
    const about = [
      type === 'string' ? 'decimal' : plain(type),
      ...(required.includes(name) ? [] : ['optional']),
      ...(typeof minimum === 'number' ? [range(minimum, largest)] : []),
    ];
    return [name, `${about.join(', ')}${description === undefined ? '' : `. ${plain(description)}`}`];
  });
}

function range(smallest: number, largest: number | null): string {
  return largest === null ? `at least ${String(smallest)}` : `${String(smallest)} to ${String(largest)}`;
}

function indented(text: string): string {
  return text.replace(/^/gm, '    ');
}
