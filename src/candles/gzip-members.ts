import { DumpError } from './dump-error.ts';
import { gunzip } from './gunzip.ts';

/** RFC 1952: the header and the trailer of a member, which has at least a byte between them. */
const HEADER_BYTES = 10;
const MEMBER_BYTES = HEADER_BYTES + 1 + 8;
/** Deflated bytes look like a header by chance once in 128 MB. */
const CHANCES = 8;

/**
 * What a gzip of one member or several holds (RFC 1952, 2.2), in pieces: `cat` and block compressors write several.
 *
 * The runtime's decoder takes one member to its last byte, and does not tell where that is. So it is given what ends where a
 * header seems to follow; where the member turns out to go on, it is read again, further.
 * @throws DumpError, possibly late, when a member is damaged
 */
export async function* gunzipMembers(gzip: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < gzip.length;) {
    let given = 0;
    for (const end of possibleEnds(gzip, start)) {
      try {
        let passed = 0;
        for await (const piece of gunzip([gzip.subarray(start, end)])) {
          const fresh = piece.subarray(Math.max(0, given - passed));
          passed += piece.length;
          given = Math.max(given, passed);
          if (fresh.length > 0) yield fresh;
        }
        start = end;
        break;
      } catch (error) {
        if (!(error instanceof DumpError) || end === gzip.length) throw error;
      }
    }
  }
}

/** Where a member may end: before what looks like the header of another, and with the whole. */
function* possibleEnds(gzip: Uint8Array, start: number): Generator<number, undefined> {
  let at = start + MEMBER_BYTES;
  for (let chance = 0; chance < CHANCES; chance++) {
    at = nextHeader(gzip, at);
    if (at === -1) break;
    yield at;
    at += 1;
  }
  yield gzip.length;
}

/** The first place from `from` on that looks like a header of deflated data, -1 where there is none. */
function nextHeader(gzip: Uint8Array, from: number): number {
  for (let at = gzip.indexOf(0x1f, from); at !== -1; at = gzip.indexOf(0x1f, at + 1)) {
    const hasHeader = gzip[at + 1] === 0x8b && gzip[at + 2] === 8 && ((gzip[at + 3] ?? 0xff) & 0xe0) === 0;
    if (hasHeader && at + MEMBER_BYTES <= gzip.length) return at;
  }
  return -1;
}
