import { fromLatin1 } from './latin1.ts';

/** Answers of HTTP/1.1 as they come out of a socket. Pure. */

/** One answer of HTTP. */
export interface WireAnswer {
  status: number;
  headers: Headers;
  text: string;
  /** Whether its end was there. Of an answer to HEAD that has a length it seems not to be. */
  whole: boolean;
}

/**
 * The answers in these bytes, which are Latin-1; interim ones left out. Mostly one, none where the connection was closed without.
 * @throws Error where something is no HTTP.
 */
export function answersIn(bytes: string): WireAnswer[] {
  const answers: WireAnswer[] = [];
  let rest = bytes;
  while (rest !== '') {
    const split = rest.indexOf('\r\n\r\n');
    const [start = '', ...lines] = rest.slice(0, split).split('\r\n');
    const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(start)?.[1]);
    if (split < 0 || Number.isNaN(status)) throw new Error(`This is no answer: ${rest.slice(0, 200)}`);
    const headers = new Headers(lines.map((line) => headerOf(line)));
    const { body, length, whole } = bodyOf(rest.slice(split + 4), headers);
    const text = new TextDecoder().decode(fromLatin1(body));
    if (status >= 200) answers.push({ status, headers, text, whole });
    rest = rest.slice(split + 4 + length);
  }
  return answers;
}

function headerOf(line: string): [string, string] {
  const colon = line.indexOf(':');
  return [line.slice(0, colon), line.slice(colon + 1).trim()];
}

interface WireBody {
  body: string;
  /** How many bytes it takes. */
  length: number;
  whole: boolean;
}

/** The body at the start of these bytes. */
function bodyOf(bytes: string, headers: Headers): WireBody {
  if (headers.get('Transfer-Encoding')?.toLowerCase() === 'chunked') return unchunked(bytes);
  // To HEAD there are a length and no body; what would follow on the connection is told from it by its form.
  if (bytes.startsWith('HTTP/')) return { body: '', length: 0, whole: true };
  // To HTTP/1.0, which knows no chunks, an answer without a length ends with its connection.
  const taken = Number(headers.get('Content-Length') ?? bytes.length);
  const body = bytes.slice(0, taken);
  return { body, length: body.length, whole: body.length === taken };
}

function unchunked(bytes: string): WireBody {
  let body = '';
  let at = 0;
  while (at < bytes.length) {
    const line = bytes.indexOf('\r\n', at);
    const size = line < 0 ? NaN : parseInt(bytes.slice(at, line), 16);
    // An event stream is left while it goes on.
    if (Number.isNaN(size)) break;
    body += bytes.slice(line + 2, line + 2 + size);
    at = line + 2 + size + 2;
    if (size === 0) return { body, length: at, whole: true };
  }
  return { body, length: at, whole: false };
}
