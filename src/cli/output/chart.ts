import plot from 'simple-ascii-chart';
import { grouped, when } from './format.ts';

const MARGIN = 4;
const MAX_WIDTH = 120;
const MIN_WIDTH = 20;
const HEIGHT = 12;
const DAY_MS = 86_400_000;
/** Characters for a label on the time axis, with room around it. */
const LABEL_ROOM = 24;
const LEVELS = 4;

/**
 * An equity curve as a chart of lines, under a line with its ends and extremes.
 * @param curve instant and equity, oldest first.
 * @param columns the width to fill, in characters.
 */
export function equityChart(curve: readonly (readonly [string, string])[], columns: number): string {
  const [first, last] = [curve[0], curve.at(-1)];
  if (first === undefined || last === undefined) return 'No equity curve.';
  const values = curve.map(([, equity]) => Number(equity));
  const lowest = values.indexOf(values.reduce((a, b) => Math.min(a, b)));
  const highest = values.indexOf(values.reduce((a, b) => Math.max(a, b)));
  const [low = '', high = ''] = [curve[lowest]?.[1], curve[highest]?.[1]];
  const caption = `Equity  ${grouped(first[1])} → ${grouped(last[1])}   low ${grouped(low)}   high ${grouped(high)}`;
  if (curve.length < 2 || low === high) return caption;

  const decimals = Number(high) - Number(low) < 10 ? 2 : 0;
  const level = (value: number) => grouped(value.toFixed(decimals));
  const gutter = Math.max(level(Number(low)).length, level(Number(high)).length) + MARGIN;
  const width = Math.max(MIN_WIDTH, Math.min(columns, MAX_WIDTH) - gutter);
  const points = sampled(curve, width, [highest, lowest]);
  const drawnValues = points.map(([, equity]) => Number(equity));
  const levels = evenly(Number(low), Number(high), LEVELS);
  const format = Date.parse(last[0]) - Date.parse(first[0]) < 3 * DAY_MS ? toMinute : toDay;
  const drawn = plot(
    drawnValues.map((equity, index) => [index, equity]),
    {
      width: points.length,
      height: HEIGHT,
      customYAxisTicks: levels,
      customXAxisTicks: evenly(0, points.length - 1, Math.max(1, Math.floor(width / LABEL_ROOM))).map(
        Math.round,
      ),
      formatter: (value, { axis }) => (axis === 'y' ? level(value) : format(points[value]?.[0] ?? '')),
    },
  );
  return `${caption}\n${trimmed(drawn)}`;
}

/** So many points, evenly spaced from the first to the last, and those at `kept` in any case; a short curve is stretched. */
function sampled<T>(values: readonly T[], count: number, kept: readonly number[]): T[] {
  const last = values.length - 1;
  const places = evenly(0, last, count - 1).map(Math.round);
  for (const at of kept) places[Math.round((at / last) * (count - 1))] = at;
  return places.flatMap((at) => values.slice(at, at + 1));
}

function evenly(from: number, to: number, steps: number): number[] {
  return Array.from({ length: steps + 1 }, (_, index) => from + ((to - from) * index) / steps);
}

function toDay(instant: string): string {
  return instant.slice(0, 10);
}

function toMinute(instant: string): string {
  return when(instant).slice(5, 16);
}

function trimmed(drawn: string): string {
  return drawn
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '')
    .join('\n');
}
