import { expectStatus, sendAsAdmin } from './client.ts';
import type { Permission } from '../schemas/admin.ts';
import { credentials, type Credentials } from './wire.ts';

/** Mints an API key for an account; it may read and trade unless other permissions are named. */
export async function mintKey(
  url: string,
  adminToken: string,
  account: string,
  permissions: readonly Permission[] = ['read', 'trade'],
): Promise<Credentials> {
  const order = { account_id: account, permissions, label: 'local' };
  const answer = await sendAsAdmin(url, adminToken, 'POST', '/v1/admin/keys', order);
  return credentials.parse(expectStatus(answer, 201, 'The new API key'));
}

/** Sets limits of an account; those left out stay. */
export async function setLimits(
  url: string,
  adminToken: string,
  account: string,
  limits: { readonly weight_per_minute?: number; readonly max_running_jobs?: number },
): Promise<void> {
  const answer = await sendAsAdmin(url, adminToken, 'PUT', `/v1/admin/accounts/${account}`, limits);
  expectStatus(answer, 200, 'The limits of the account');
}
