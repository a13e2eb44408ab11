/** SHA-256 in lower-case hex. */
export async function sha256(bytes: ArrayBuffer | ArrayBufferView): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)).toHex();
}
