import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { createDeadline, type Deadline } from '../../client/time.ts';
import { hasCode } from '../errors.ts';

const TRIES = 4;
const FIRST_PAUSE_MS = 500;
/** For the archive to say anything more. */
const SILENCE_MS = 30_000;

/** How a file was come by, or `absent`: the archive has none. */
export type Download = 'downloaded' | 'kept' | 'absent';

/** A file whose bytes are not those its checksum is of. */
export class ChecksumError extends Error {}

/** What one attempt met, for a try at another time. */
class PassingError extends Error {}

/**
 * Brings a file of the archive to `path`, complete and with the bytes its `.CHECKSUM` says, or leaves what it has got so far in
 * `path.part` for the next call to go on with. A file that is there and right is not downloaded again.
 * @param onBytes hears how many bytes there are, and of how many where the archive says.
 * @throws ChecksumError where the bytes are wrong, twice. @throws Error where the archive does not answer.
 */
export async function download(
  url: string,
  path: string,
  onBytes: (bytes: number, of: number | null) => void,
): Promise<Download> {
  const checksum = await patiently(() => readChecksum(`${url}.CHECKSUM`));
  if (checksum === null) return 'absent';
  if ((await digestOf(path)) === checksum) return 'kept';
  await mkdir(dirname(path), { recursive: true });
  const part = `${path}.part`;
  for (const isLast of [false, true]) {
    const found = await patiently(() => fetchRest(url, part, onBytes));
    if (!found) return 'absent';
    if ((await digestOf(part)) === checksum) break;
    await rm(part);
    if (isLast) throw new ChecksumError(`${url} does not have the bytes its checksum is of.`);
  }
  await rename(part, path);
  return 'downloaded';
}

/** Tries again what fails in passing, after ever longer pauses. */
async function patiently<T>(attempt: () => Promise<T>): Promise<T> {
  for (let tried = 1; ; tried++) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof PassingError) || tried === TRIES) throw error;
      await delay(FIRST_PAUSE_MS * 2 ** (tried - 1));
    }
  }
}

/** The SHA-256 that the archive tells of a file, or null where it has none. */
async function readChecksum(url: string): Promise<string | null> {
  const deadline = createDeadline(SILENCE_MS, undefined);
  try {
    const response = await ask(url, {}, deadline);
    if (response.status === 404) return null;
    const digest = /^[0-9a-f]{64}(?=\s|$)/i.exec(await textOf(response, deadline))?.[0];
    if (digest === undefined) throw new Error(`${url} is no SHA-256 checksum.`);
    return digest.toLowerCase();
  } finally {
    deadline.close();
  }
}

/** Appends to `part` what it lacks; false where the archive has no such file. */
async function fetchRest(
  url: string,
  part: string,
  onBytes: (bytes: number, of: number | null) => void,
): Promise<boolean> {
  const have = await sizeOf(part);
  const deadline = createDeadline(SILENCE_MS, undefined);
  try {
    const range = have > 0 ? { Range: `bytes=${String(have)}-` } : {};
    const response = await ask(url, range, deadline);
    // Out of range: all of it is there already, or the file has changed since; its checksum will tell.
    if (response.status === 404 || response.status === 416) return response.status === 416;
    await append(response, part, response.status === 206 ? have : 0, deadline, onBytes);
    return true;
  } finally {
    deadline.close();
  }
}

/** Writes a body to `part`, after its first `have` bytes. Each chunk puts the deadline off. */
async function append(
  response: Response,
  part: string,
  have: number,
  deadline: Deadline,
  onBytes: (bytes: number, of: number | null) => void,
): Promise<void> {
  const reader = response.body?.getReader();
  if (reader === undefined) return;
  const length = response.headers.get('Content-Length');
  const of = length === null ? null : have + Number(length);
  const file = await open(part, have > 0 ? 'a' : 'w');
  let bytes = have;
  try {
    // One chunk after the other, so that what has come is kept whatever happens to the rest.
    for (;;) {
      deadline.arm(SILENCE_MS);
      const { value: chunk } = await deadline.within<{ value?: unknown }>(reader.read());
      if (!(chunk instanceof Uint8Array)) return;
      await file.write(chunk);
      bytes += chunk.length;
      onBytes(bytes, of);
    }
  } catch (error) {
    throw new PassingError(`${response.url} broke off after ${String(bytes)} bytes.`, { cause: error });
  } finally {
    await file.close();
  }
}

async function ask(url: string, headers: Record<string, string>, deadline: Deadline): Promise<Response> {
  let response: Response;
  try {
    response = await deadline.within(fetch(url, { headers, signal: deadline.signal }));
  } catch (error) {
    throw new PassingError(`${url} does not answer.`, { cause: error });
  }
  const { status } = response;
  if (response.ok || status === 404 || status === 416) return response;
  await response.body?.cancel();
  const message = `${url} answered ${String(status)}.`;
  throw status === 429 || status >= 500 ? new PassingError(message) : new Error(message);
}

async function textOf(response: Response, deadline: Deadline): Promise<string> {
  try {
    return await deadline.within(response.text());
  } catch (error) {
    throw new PassingError(`${response.url} broke off.`, { cause: error });
  }
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return 0;
    throw error;
  }
}

/** The SHA-256 of a file in lower-case hex, or null where there is none. */
async function digestOf(path: string): Promise<string | null> {
  try {
    const hash = createHash('sha256');
    await pipeline(createReadStream(path), hash);
    return hash.digest('hex');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null;
    throw error;
  }
}
