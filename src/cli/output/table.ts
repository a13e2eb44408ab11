import { stripVTControlCharacters } from 'node:util';
import CliTable from 'cli-table3';
import type { Stream } from '../io.ts';
import { paint } from './paint.ts';

const BETWEEN = '  ';
const NO_LINES = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: BETWEEN,
};

/** A column of a {@link table}. */
export interface Column<Row> {
  readonly title: string;
  readonly of: (row: Row) => string;
  readonly numeric?: boolean;
  /** Columns that do not fit are left out, those with the highest number first; a column without one stays. */
  readonly rank?: number;
}

/** Rows under a header, without frames, so that lines can be cut and copied. On a terminal as many columns as fit. */
export function table<Row>(stream: Stream, columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const shown = stream.isTTY === true ? fitting(columns, rows, stream.columns ?? 80) : columns;
  const grid = new CliTable({
    head: shown.map(({ title }) => paint(stream, 'bold', title)),
    chars: NO_LINES,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
    colAligns: shown.map(({ numeric }) => (numeric === true ? 'right' : 'left')),
  });
  for (const row of rows) grid.push(shown.map((column) => column.of(row)));
  return lines(grid.toString());
}

/** Names and values side by side. */
export function pairs(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(0, ...rows.map(([name]) => name.length));
  return lines(rows.map(([name, value]) => `${name.padEnd(width)}${BETWEEN}${value}`).join('\n'));
}

function fitting<Row>(columns: readonly Column<Row>[], rows: readonly Row[], width: number): Column<Row>[] {
  const shown = columns.map((column) => ({
    column,
    width:
      Math.max(column.title.length, ...rows.map((row) => stripVTControlCharacters(column.of(row)).length)) +
      BETWEEN.length,
  }));
  while (shown.reduce((sum, { width: own }) => sum + own, -BETWEEN.length) > width) {
    const ranks = shown.map(({ column }) => column.rank ?? 0);
    const highest = Math.max(...ranks);
    if (highest === 0) break;
    shown.splice(ranks.indexOf(highest), 1);
  }
  return shown.map(({ column }) => column);
}

function lines(text: string): string {
  return text.replace(/ +$/gm, '');
}
