/** How values are written for people. Decimals stay the API's own digits wherever no rounding is wanted. */

/** What stands where there is no value. */
export const NOTHING = '–';

const PERCENTAGES = new Set(['max_drawdown', 'cagr', 'win_rate']);
const LABELS = new Map([
  ['cagr', 'CAGR'],
  ['avg_trade_duration_seconds', 'Avg trade duration'],
]);

/** A name of the API as a label: `max_drawdown` becomes `Max drawdown`. */
export function label(name: string): string {
  const words = name.replaceAll('_', ' ');
  return LABELS.get(name) ?? words.charAt(0).toUpperCase() + words.slice(1);
}

/** A metric's value; ratios that read as percentages are shown so. */
export function metric(name: string, value: string | number | null | undefined): string {
  if (value === null || value === undefined) return NOTHING;
  if (PERCENTAGES.has(name)) return `${(Number(value) * 100).toFixed(2)} %`;
  if (name === 'avg_trade_duration_seconds') return duration(Number(value));
  return grouped(String(value));
}

/** Digits of a decimal in groups of three, nothing rounded. */
export function grouped(decimal: string): string {
  const [whole = '', ...fraction] = decimal.split('.');
  return [whole.replace(/\B(?=(?:[0-9]{3})+$)/g, ','), ...fraction].join('.');
}

/** An instant as `2025-01-31 23:00:00`; all times are UTC. */
export function when(instant: string | null): string {
  return instant === null ? NOTHING : instant.replace('T', ' ').replace('Z', '');
}

/** The same to the minute, for rows that have to be short. */
export function whenToMinute(instant: string | null): string {
  return when(instant).slice(0, '2025-01-31 23:00'.length);
}

/** A ratio to two decimals, for rows that have to be short. */
export function ratio(value: string | number | null | undefined): string {
  return value === null || value === undefined ? NOTHING : Number(value).toFixed(2);
}

/** A progress of 0 to 1 in whole percent; never 100 before it is. */
export function percent(progress: number): string {
  return `${String(Math.floor(progress * 100))} %`;
}

/** Seconds as `2 d 3 h`, in the two largest units. */
export function duration(seconds: number): string {
  const parts = [
    { count: Math.floor(seconds / 86_400), unit: 'd' },
    { count: Math.floor(seconds / 3600) % 24, unit: 'h' },
    { count: Math.floor(seconds / 60) % 60, unit: 'min' },
    { count: Math.round(seconds % 60), unit: 's' },
  ];
  const from = parts.findIndex(({ count }) => count !== 0);
  if (from < 0) return '0 s';
  const shown = parts.slice(from, from + 2).filter(({ count }) => count !== 0);
  return shown.map(({ count, unit }) => `${String(count)} ${unit}`).join(' ');
}

/** A value of JSON as one text. */
export function plain(value: unknown): string {
  if (typeof value === 'string') return visible(value);
  return value === null || value === undefined ? NOTHING : JSON.stringify(value);
}

/** A text of somebody else's for a terminal: without the control characters that could write over what we print. */
export function visible(text: string): string {
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '\ufffd');
}
