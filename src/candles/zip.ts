import { DumpError } from './dump-error.ts';

/*
 * Offsets are those of PKWARE's APPNOTE.TXT, 4.3.7 (local header), 4.3.12 (central directory) and 4.3.16 (its end).
 */
const END_SIGNATURE = 0x0605_4b50;
const END_BYTES = 22;
const MAX_COMMENT_BYTES = 0xffff;
const LOCAL_BYTES = 30;
const DEFLATED = 8;
/** RFC 1952: deflate, no flags, no time, unknown system. */
const GZIP_HEADER = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255);

/**
 * The one file of a ZIP as a gzip, in parts. Both hold the same deflated bytes, checksum and length, so the runtime's gzip
 * decoder unpacks a ZIP as a stream and verifies it.
 * @throws DumpError when the ZIP does not hold one deflated file
 */
export function gzipOfZip(zip: Uint8Array): Uint8Array[] {
  const view = new DataView(zip.buffer, zip.byteOffset, zip.byteLength);
  try {
    const end = endOfDirectory(view);
    const files = view.getUint16(end + 10, true);
    if (files !== 1) throw new DumpError(null, `The ZIP holds ${String(files)} files, not one.`);
    const entry = view.getUint32(end + 16, true);
    if (view.getUint16(entry + 10, true) !== DEFLATED) {
      throw new DumpError(null, 'The ZIP is not deflated; send the file in it as it is.');
    }
    const local = view.getUint32(entry + 42, true);
    const start = local + LOCAL_BYTES + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
    const trailer = new DataView(new ArrayBuffer(8));
    trailer.setUint32(0, view.getUint32(entry + 16, true), true);
    trailer.setUint32(4, view.getUint32(entry + 24, true), true);
    const deflated = zip.subarray(start, start + view.getUint32(entry + 20, true));
    return [GZIP_HEADER, deflated, new Uint8Array(trailer.buffer)];
  } catch (error) {
    // Reading past the end is how a directory that makes no sense shows.
    if (error instanceof RangeError) throw damaged();
    throw error;
  }
}

/** Where the record that ends the directory begins: last in the file, but for a comment of the length it tells. */
function endOfDirectory(view: DataView): number {
  const last = view.byteLength - END_BYTES;
  for (let at = last; at >= 0 && at >= last - MAX_COMMENT_BYTES; at--) {
    const isEnd = view.getUint32(at, true) === END_SIGNATURE;
    if (isEnd && at + END_BYTES + view.getUint16(at + 20, true) === view.byteLength) return at;
  }
  throw damaged();
}

function damaged(): DumpError {
  return new DumpError(null, 'The ZIP is damaged or cut short.');
}
