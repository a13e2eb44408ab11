import { Option, type Command } from 'commander';
import type { ApiKeyInfo, NewApiKey } from '../../schemas/responses.ts';
import { callAsAdmin, tellAsAdmin, type AdminCall } from '../admin.ts';
import { adminAccess } from '../environment.ts';
import { jsonFlag, several, wholeNumber } from '../flags.ts';
import { NOTHING, visible, when } from '../output/format.ts';
import { table, type Column } from '../output/table.ts';
import { recordOf } from '../request/values.ts';
import type { Session } from '../session.ts';

const KEYS = '/v1/admin/keys';

const FLAGS: Readonly<Record<string, string>> = {
  account_id: '--account',
  permissions: '--permission',
  label: '--label',
  expires_at: '--expires-at',
  grace_seconds: '--grace-seconds',
};

const COLUMNS: Column<ApiKeyInfo>[] = [
  { title: 'API KEY', of: (key) => key.api_key },
  { title: 'PERMISSIONS', of: (key) => key.permissions.join(',') },
  { title: 'LABEL', of: (key) => visible(key.label ?? NOTHING), rank: 2 },
  { title: 'CREATED', of: (key) => when(key.created_at), rank: 3 },
  { title: 'EXPIRES', of: (key) => when(key.expires_at), rank: 1 },
  { title: 'REVOKED', of: (key) => when(key.revoked_at) },
];

interface CreateFlags {
  readonly account: string;
  readonly permission: readonly string[];
  readonly label?: string;
  readonly expiresAt?: string;
}

/** Adds `pipai keys`. */
export function addKeys(program: Command, session: Session): void {
  const keys = program.command('keys').description('API keys. Needs PIPAI_ADMIN_TOKEN');
  const account = () => new Option('--account <id>', 'the account').makeOptionMandatory();

  const create = keys
    .command('create')
    .description('Make a key, and print it with its secret, this once, as lines of an env file')
    .addOption(account())
    .addOption(
      new Option('--permission <names>', 'read, trade or worker; may be repeated, or a list with commas')
        .argParser(several)
        .makeOptionMandatory(),
    )
    .option('--label <text>', 'a name for people')
    .option('--expires-at <instant>', 'when it stops working, 2026-04-29T10:15:00Z');
  jsonFlag(create, 'the key and its secret as JSON').action((flags: CreateFlags) =>
    showNew(session, {
      method: 'POST',
      target: KEYS,
      body: {
        account_id: flags.account,
        permissions: flags.permission,
        label: flags.label,
        expires_at: flags.expiresAt,
      },
    }),
  );

  const rotate = keys
    .command('rotate')
    .description('Make a key like another one, which goes on working for a while')
    .argument('<key>', 'the old API key')
    .addOption(
      new Option('--grace-seconds <seconds>', 'how long the old one works')
        .argParser(wholeNumber)
        .makeOptionMandatory(),
    );
  jsonFlag(rotate, 'the new key and its secret as JSON').action(
    (key: string, { graceSeconds }: { graceSeconds: number }) =>
      showNew(session, {
        method: 'POST',
        target: `${KEYS}/${encodeURIComponent(key)}/rotate`,
        body: { grace_seconds: graceSeconds },
      }),
  );

  const list = keys.command('list').description('List the keys of an account').addOption(account());
  jsonFlag(list, 'the keys, without secrets, as a JSON array').action((flags: { account: string }) =>
    show(session, flags.account),
  );

  const revoke = keys
    .command('revoke')
    .description('Revoke a key: the very next request with it is refused')
    .argument('<key>', 'the API key');
  jsonFlag(revoke, 'which key as JSON').action((key: string) => revokeKey(session, key));
}

async function showNew(session: Session, call: AdminCall): Promise<void> {
  const access = await adminAccess(session.io.env);
  session.nameOf = ({ path }) => FLAGS[path.split('.')[0] ?? ''] ?? path;
  const key = await callAsAdmin(access, call, isNewKey);
  session.note(
    `A key of ${key.account_id} that may ${key.permissions.join(', ')}${key.expires_at === null ? '' : ` until ${key.expires_at}`}.` +
      ' Its secret is shown this once: keep it where nobody else reads.',
  );
  if (session.json) session.printJson(key);
  else session.print(`PIPAI_API_KEY=${key.api_key}\nPIPAI_API_SECRET=${key.api_secret}`);
}

async function show(session: Session, account: string): Promise<void> {
  const access = await adminAccess(session.io.env);
  const target = `${KEYS}?account_id=${encodeURIComponent(account)}`;
  session.nameOf = () => '--account';
  const { data } = await callAsAdmin(access, { method: 'GET', target }, isKeyList);
  if (session.json) session.printJson(data);
  else if (data.length === 0) session.note('The account has no keys.');
  else session.print(table(session.io.stdout, COLUMNS, data));
}

async function revokeKey(session: Session, key: string): Promise<void> {
  const access = await adminAccess(session.io.env);
  await tellAsAdmin(access, { method: 'DELETE', target: `${KEYS}/${encodeURIComponent(key)}` });
  if (session.json) session.printJson({ api_key: key, revoked: true });
  else session.print(`${key}  revoked`);
}

function isNewKey(body: unknown): body is NewApiKey {
  const { api_key, api_secret, permissions } = recordOf(body);
  return typeof api_key === 'string' && typeof api_secret === 'string' && Array.isArray(permissions);
}

function isKeyList(body: unknown): body is { data: ApiKeyInfo[] } {
  return Array.isArray(recordOf(body).data);
}
