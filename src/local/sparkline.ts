const LEVELS = '▁▂▃▄▅▆▇█';

/** Values as one line of blocks, from the lowest to the highest; of more than `width` values, averages of even stretches. */
export function sparkline(values: readonly number[], width: number): string {
  const points = resample(values, width);
  const low = Math.min(...points);
  const range = Math.max(...points) - low;
  const top = LEVELS.length - 1;
  return points
    .map((value) => LEVELS.charAt(range === 0 ? 0 : Math.round(((value - low) / range) * top)))
    .join('');
}

function resample(values: readonly number[], width: number): number[] {
  if (values.length <= width) return [...values];
  return Array.from({ length: width }, (_, index) => {
    const from = Math.floor((index * values.length) / width);
    const stretch = values.slice(from, Math.floor(((index + 1) * values.length) / width));
    return stretch.reduce((sum, value) => sum + value, 0) / stretch.length;
  });
}
