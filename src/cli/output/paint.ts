import { styleText } from 'node:util';
import type { Stream } from '../io.ts';

/** Colours and weights in use. */
export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

/** Styles a text for a terminal; leaves it alone elsewhere, and where `NO_COLOR` asks for it. */
export function paint(stream: Stream, style: Style, text: string): string {
  const wanted = stream.isTTY === true && (process.env.NO_COLOR ?? '') === '';
  return wanted ? styleText(style, text, { validateStream: false }) : text;
}
