import { DumpError } from './dump-error.ts';
import { gzipOfZip } from './zip.ts';

/** The longest text a dump may unpack to: five years of minutes and half as much again. It is never held whole. */
export const MAX_TEXT_BYTES = 512 * 1024 * 1024;

/**
 * The text of a dump in pieces, whether it came plain, as gzip or as a ZIP of one file; the first bytes tell which.
 * @param limit bytes the text may have
 * @throws DumpError, possibly late, when the packing is damaged or the text too long
 */
export function unpackDump(
  body: Uint8Array,
  limit = MAX_TEXT_BYTES,
): AsyncIterable<Uint8Array> | Iterable<Uint8Array> {
  if (body[0] === 0x1f && body[1] === 0x8b) return gunzip([body], limit);
  if (body[0] === 0x50 && body[1] === 0x4b) return gunzip(gzipOfZip(body), limit);
  return [body];
}

async function* gunzip(parts: Uint8Array[], limit: number): AsyncGenerator<Uint8Array> {
  const reader = new Blob(parts).stream().pipeThrough(new DecompressionStream('gzip')).getReader();
  let size = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read().catch(() => {
        throw new DumpError(null, 'The dump is damaged or cut short: it does not unpack.');
      });
      if (done) return;
      size += value.length;
      if (size > limit) {
        throw new DumpError(null, `The dump unpacks to more than ${String(limit)} bytes; load it in parts.`);
      }
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
