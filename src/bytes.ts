/** Chunks one after the other in memory of their own. */
export function joined(chunks: readonly (ArrayBuffer | Uint8Array)[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(chunks.reduce((length, chunk) => length + chunk.byteLength, 0));
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk instanceof Uint8Array ? chunk : new Uint8Array(chunk), offset);
    offset += chunk.byteLength;
  }
  return whole;
}
