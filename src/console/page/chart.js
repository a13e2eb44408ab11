/** The equity curve as inline SVG. */

import { make, makeSvg, setText } from './dom.js';
import { grouped, shortWhen } from './format.js';

const WIDTH = 600;
const HEIGHT = 160;
const MARGIN = 6;

/** @typedef {{ at: string, equity: string, x: number, y: number }} Point */

/**
 * Where the points of a curve lie in the drawing.
 * @param {readonly (readonly [string, string])[]} curve
 */
function layOut(curve) {
  const times = curve.map(([at]) => Date.parse(at));
  const values = curve.map(([, equity]) => Number(equity));
  const [from, to] = [Math.min(...times), Math.max(...times)];
  const [low, high] = [Math.min(...values), Math.max(...values)];
  /** @param {number} time */
  const x = (time) => MARGIN + ((time - from) / (to - from || 1)) * (WIDTH - 2 * MARGIN);
  // A curve that never moves runs through the middle.
  /** @param {number} value */
  const y = (value) =>
    high === low ? HEIGHT / 2 : MARGIN + ((high - value) / (high - low)) * (HEIGHT - 2 * MARGIN);
  const points = curve.map(([at, equity], index) => ({
    at,
    equity,
    x: x(times[index] ?? from),
    y: y(values[index] ?? low),
  }));
  return { points, low: curve[values.indexOf(low)]?.[1] ?? '', high: curve[values.indexOf(high)]?.[1] ?? '' };
}

/** @param {number} value */
const short = (value) => value.toFixed(1);

/**
 * @param {readonly Point[]} points
 * @param {Point} first
 * @param {Point} last
 */
function draw(points, first, last) {
  const line = points.map(({ x, y }, index) => `${index === 0 ? 'M' : 'L'}${short(x)} ${short(y)}`).join('');
  const area = `${line}L${short(last.x)} ${String(HEIGHT)}L${short(first.x)} ${String(HEIGHT)}Z`;
  const start = { x1: '0', x2: String(WIDTH), y1: short(first.y), y2: short(first.y), class: 'start' };
  const cursor = makeSvg('line', { y1: '0', y2: String(HEIGHT), class: 'cursor', visibility: 'hidden' });
  const svg = makeSvg(
    'svg',
    { viewBox: `0 0 ${String(WIDTH)} ${String(HEIGHT)}`, preserveAspectRatio: 'none', role: 'img' },
    makeSvg('path', { d: area, class: 'area' }),
    makeSvg('line', start),
    makeSvg('path', { d: line, class: 'line' }),
    cursor,
  );
  return { svg, cursor };
}

/**
 * A figure with the curve, its ends and extremes; under the pointer it tells the nearest point.
 * @param {readonly (readonly [string, string])[]} curve instant and equity, oldest first
 * @returns {HTMLElement}
 */
export function equityChart(curve) {
  const { points, low, high } = layOut(curve);
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined) return make('p', 'quiet', 'No equity curve.');
  const { svg, cursor } = draw(points, first, last);
  const extremes = `low ${grouped(low)}, high ${grouped(high)}`;
  const ends = `from ${grouped(first.equity)} to ${grouped(last.equity)}`;
  svg.setAttribute('aria-label', `Equity ${ends}, ${extremes}`);
  const reading = make('span', 'reading');
  const rest = `${grouped(first.equity)} → ${grouped(last.equity)} (${extremes})`;
  setText(reading, rest);

  svg.addEventListener('pointermove', (event) => {
    const frame = svg.getBoundingClientRect();
    const x = ((event.clientX - frame.left) / frame.width) * WIDTH;
    const nearest = points.reduce((best, point) =>
      Math.abs(point.x - x) < Math.abs(best.x - x) ? point : best,
    );
    cursor.setAttribute('x1', short(nearest.x));
    cursor.setAttribute('x2', short(nearest.x));
    cursor.setAttribute('visibility', 'visible');
    setText(reading, `${shortWhen(nearest.at)}  ${grouped(nearest.equity)}`);
  });
  svg.addEventListener('pointerleave', () => {
    cursor.setAttribute('visibility', 'hidden');
    setText(reading, rest);
  });

  const axis = make(
    'div',
    'axis',
    make('span', '', shortWhen(first.at)),
    make('span', '', shortWhen(last.at)),
  );
  const figure = make('figure', 'chart', make('figcaption', '', reading), axis);
  figure.insertBefore(svg, axis);
  return figure;
}
