import { expect, test } from 'vitest';
import { LineSplitter } from '../../src/candles/lines.ts';
import { bytes } from './support.ts';

function split(text: string, pieceLength: number): string[] {
  const found: string[] = [];
  const splitter = new LineSplitter((line, number) => {
    found.push(`${String(number)}:${new TextDecoder().decode(line)}`);
  });
  const body = bytes(text);
  for (let from = 0; from < body.length; from += pieceLength)
    splitter.push(body.subarray(from, from + pieceLength));
  splitter.end();
  return found;
}

test.each([1, 2, 3, 5, 100])('finds the same lines in pieces of %d bytes', (pieceLength) => {
  expect(split('first\nsecond\r\n\n\r\nfifth\n\n', pieceLength)).toEqual([
    '1:first',
    '2:second',
    '3:',
    '4:',
    '5:fifth',
  ]);
  expect(split('no line end', pieceLength)).toEqual(['1:no line end']);
  expect(split('\n\n', pieceLength)).toEqual([]);
});

test('gives up on a line before it has gathered all of it', () => {
  const splitter = new LineSplitter(() => undefined);
  splitter.push(bytes(`short\n\n${'x'.repeat(4000)}`));
  expect(() => {
    splitter.push(bytes('x'.repeat(97)));
  }).toThrow(expect.objectContaining({ line: 3 }));
});
