import { gzipSync } from 'fflate';
import { joined } from '../../src/bytes.ts';

/** One generated request, as plain JSON: what is printed of a failure is what replays it. */
export interface Shot {
  /** How it was made, for the figures. */
  kind: string;
  /** The operation it was made from, by the document. */
  operation: string;
  /** Who signs it, or shows the administration token. */
  as: Signer;
  method: string;
  /** With places such as `{queued}`, which {@link fill} fills. */
  target: string;
  headers: [name: string, value: string][];
  body: ShotBody | null;
}

/** Keys of the cast: a trader, a worker, one without any budget, the administrator, and none. */
export const SIGNERS = ['trader', 'worker', 'poor', 'admin', 'nobody'] as const;
export type Signer = (typeof SIGNERS)[number];

/** A text in UTF-8, and what is then done to its bytes. */
export interface ShotBody {
  text: string;
  edits: ByteEdit[];
}

/** `cut`: only so many bytes are left. `splice`: bytes come in at a place, past the end at the end. `pad`: spaces up to a length. */
export type ByteEdit =
  { cut: number } | { splice: { at: number; bytes: number[] } } | { pad: number } | 'bom' | 'utf-16' | 'gzip';

/** What stands in the places of a shot, by name. */
export type Places = Readonly<Record<string, string>>;

/** A text with its places filled; a name that is none stays as it is. */
export function fill(text: string, places: Places): string {
  return text.replaceAll(/\{(\w+)\}/g, (place, name: string) => places[name] ?? place);
}

/** The bytes that are sent. */
export function bytesOf(body: ShotBody | null, places: Places): Uint8Array<ArrayBuffer> {
  if (body === null) return new Uint8Array();
  const text = joined([new TextEncoder().encode(fill(body.text, places))]);
  return body.edits.reduce((bytes, edit) => edited(bytes, edit), text);
}

function edited(bytes: Uint8Array<ArrayBuffer>, edit: ByteEdit): Uint8Array<ArrayBuffer> {
  if (edit === 'bom') return joined([Uint8Array.of(0xef, 0xbb, 0xbf), bytes]);
  if (edit === 'gzip') return joined([gzipSync(bytes)]);
  // Of ASCII this is UTF-16, little end first.
  if (edit === 'utf-16') return Uint8Array.from(Array.from(bytes).flatMap((byte) => [byte, 0]));
  if ('cut' in edit) return bytes.slice(0, edit.cut);
  if ('pad' in edit) return joined([bytes, new Uint8Array(Math.max(0, edit.pad - bytes.length)).fill(0x20)]);
  const { at, bytes: more } = edit.splice;
  return joined([bytes.slice(0, at), Uint8Array.from(more), bytes.slice(at)]);
}
