/** Bytes as text, a character each: what comes and goes over a socket is easier to read and to print so. */

/** The text of bytes. */
export function toLatin1(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
}

/** The bytes of such a text. */
export function fromLatin1(text: string): Uint8Array {
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}

/** A text's bytes in UTF-8, as text. */
export function utf8AsLatin1(text: string): string {
  return toLatin1(new TextEncoder().encode(text));
}
