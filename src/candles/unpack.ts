import { DumpError } from './dump-error.ts';
import { gunzip } from './gunzip.ts';
import { gunzipMembers } from './gzip-members.ts';
import { gzipOfZip } from './zip.ts';

/** The longest text a dump may unpack to: five years of minutes and half as much again. It is never held whole. */
export const MAX_TEXT_BYTES = 512 * 1024 * 1024;

/**
 * The text of a dump in pieces, whether it came plain, as gzip of one or more members or as a ZIP of one file; the first bytes tell which.
 * @param limit bytes the text may have
 * @throws DumpError, possibly late, when the packing is damaged or the text too long
 */
export function unpackDump(
  body: Uint8Array,
  limit = MAX_TEXT_BYTES,
): AsyncIterable<Uint8Array> | Iterable<Uint8Array> {
  if (body[0] === 0x1f && body[1] === 0x8b) return limited(gunzipMembers(body), limit);
  if (body[0] === 0x50 && body[1] === 0x4b) return limited(gunzip(gzipOfZip(body)), limit);
  return [body];
}

async function* limited(text: AsyncIterable<Uint8Array>, limit: number): AsyncGenerator<Uint8Array> {
  let size = 0;
  for await (const piece of text) {
    size += piece.length;
    if (size > limit) {
      throw new DumpError(null, `The dump unpacks to more than ${String(limit)} bytes; load it in parts.`);
    }
    yield piece;
  }
}
