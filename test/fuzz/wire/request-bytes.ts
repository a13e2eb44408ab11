import type { FilledShot } from '../world.ts';
import type { WireFault } from './faults.ts';
import { toLatin1, utf8AsLatin1 } from './latin1.ts';

/** The bytes of a request with one fault, as Latin-1. Pure. */
export function requestBytes(
  shot: FilledShot,
  headers: readonly (readonly [name: string, value: string])[],
  fault: WireFault,
): string {
  if (fault.do === 'noise') return fault.bytes;
  const end = fault.do === 'ends' ? fault.with : '\r\n';
  const lines = [startLine(shot, fault), ...headerLines(shot, headers, fault), '', ''];
  const whole = lines.join(end) + (fault.do === 'chunked' ? fault.body : toLatin1(shot.body));
  return fault.do === 'cut' ? whole.slice(0, fault.at) : whole;
}

function startLine({ method, target }: FilledShot, fault: WireFault): string {
  const form = fault.do === 'start' ? fault.line : '{method} {target} HTTP/1.1';
  return form.replaceAll('{method}', () => method).replaceAll('{target}', () => utf8AsLatin1(target));
}

function headerLines(
  { body }: FilledShot,
  headers: readonly (readonly [name: string, value: string])[],
  fault: WireFault,
): string[] {
  const lines = headers.map(([name, value]) => `${name}: ${value}`);
  const lengths = contentLengths(body.length, fault).map((length) => `Content-Length: ${length}`);
  switch (fault.do) {
    case 'line':
      return [...lines, fault.line, ...lengths];
    case 'repeat': {
      const again = lines[fault.header % lines.length] ?? '';
      return [...lines, again, ...lengths];
    }
    case 'chunked':
      return [...lines, 'Transfer-Encoding: chunked', ...(fault.length ? lengths : [])];
    default:
      return [...lines, ...lengths];
  }
}

function contentLengths(right: number, fault: WireFault): string[] {
  if (fault.do !== 'length') return right === 0 ? [] : [String(right)];
  return fault.says.map((form) =>
    form.replaceAll(/\{n([+-]\d+)?\}/g, (_, by?: string) => String(right + Number(by ?? 0))),
  );
}
