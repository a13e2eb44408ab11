import { DumpError } from './dump-error.ts';

/** Packed bytes given to the decoder at a time: even at deflate's best, a thousandfold, they make no more than 17 MB. */
const PACKED_BYTES = 16 * 1024;
const TEXT_BYTES = 64 * 1024;

/**
 * What a gzip, given in parts, holds, in pieces.
 *
 * The runtime's decoder unpacks all that it is given at once and keeps what is not read yet, so a pipe would make it hold the
 * whole text. It is therefore given a little at a time, and only while it has nothing to read.
 * @throws DumpError, possibly late, when the gzip is damaged
 */
export async function* gunzip(parts: Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const { readable, writable } = new DecompressionStream('gzip');
  const writer = writable.getWriter();
  const reader = readable.getReader({ mode: 'byob' });
  const packed = piecesOf(parts);
  let isFed = false;
  let hasMore = false;
  try {
    for (;;) {
      // Both ends fail where the gzip is damaged; it is told once, below.
      const read = reader.read(new Uint8Array(TEXT_BYTES)).catch(ignore);
      const state = stateOf(read);
      if (hasMore) await Promise.race([read, scheduler.wait(0)]);
      while (!state.isSettled && !isFed) {
        const piece = packed.next();
        isFed = piece.done === true;
        await (piece.done === true ? writer.close() : writer.write(piece.value)).catch(ignore);
      }
      const chunk = await read;
      if (chunk === undefined) {
        throw new DumpError(null, 'The dump is damaged or cut short: it does not unpack.');
      }
      if (chunk.done) return;
      hasMore = chunk.value.length === TEXT_BYTES;
      yield chunk.value;
    }
  } finally {
    await reader.cancel().catch(ignore);
  }
}

/** Whether a promise, which never fails, is settled by now. */
function stateOf(promise: Promise<unknown>): { readonly isSettled: boolean } {
  const state = { isSettled: false };
  void promise.then(() => (state.isSettled = true));
  return state;
}

/** The parts one after the other in small pieces, which share their memory. */
function* piecesOf(parts: Iterable<Uint8Array>): Generator<Uint8Array, undefined> {
  for (const part of parts) {
    for (let from = 0; from < part.length; from += PACKED_BYTES) {
      yield part.subarray(from, from + PACKED_BYTES);
    }
  }
}

function ignore(): undefined {
  return undefined;
}
