/** How things are written. Decimals stay the API's own text wherever no rounding is wanted. */

import { titleOf } from './catalogue.js';
import { fields, list, text } from './read.js';

/** @import { Fields, Job } from './types.d.ts' */

/**
 * Whether a job may still change.
 * @param {Job} job
 */
export function isActive(job) {
  return job.status === 'queued' || job.status === 'running';
}

/**
 * An instant as `2025-01-31 23:00:00`; all times on the page are UTC.
 * @param {string} instant
 * @returns {string}
 */
export function when(instant) {
  return instant === '' ? '–' : instant.replace('T', ' ').replace('Z', '');
}

/**
 * The same to the minute, or to the day at midnight.
 * @param {string} instant
 * @returns {string}
 */
export function shortWhen(instant) {
  return when(instant)
    .replace(/:00$/, '')
    .replace(/ 00:00$/, '');
}

/**
 * Digits of a decimal text in groups of three, nothing rounded.
 * @param {string} decimal
 * @returns {string}
 */
export function grouped(decimal) {
  const [whole = '', ...fraction] = decimal.split('.');
  return [whole.replace(/\B(?=(?:[0-9]{3})+$)/g, ','), ...fraction].join('.');
}

/**
 * A progress of 0..1 in whole percent; never 100 before it is.
 * @param {number} progress
 * @returns {string}
 */
export function percent(progress) {
  return `${String(Math.floor(progress * 100))} %`;
}

/**
 * Several symbols as one that tells how many more there are: `BTCUSDT +9`.
 * @param {readonly string[]} symbols
 */
function few([first = '', ...more]) {
  return more.length === 0 ? first : `${first} +${String(more.length)}`;
}

/**
 * What a configuration is about, in words.
 * @param {Fields} config
 */
export function summary(config) {
  return {
    template: titleOf(text(config.template_id)),
    symbols: few(list(config.symbols).map(text)),
    timeframe: text(config.timeframe),
    window: `${shortWhen(text(config.start))} → ${shortWhen(text(config.end))}`,
  };
}

const LABELS = new Map([
  ['cagr', 'CAGR'],
  ['avg_trade_duration_seconds', 'Avg trade duration'],
  ['template_id', 'Template'],
  ['fee_bps', 'Fee (bps)'],
]);

/**
 * A name of the API as a label: `max_drawdown` → `Max drawdown`.
 * @param {string} name
 * @returns {string}
 */
export function label(name) {
  const words = name.replaceAll('_', ' ');
  return LABELS.get(name) ?? words.charAt(0).toUpperCase() + words.slice(1);
}

const PERCENTAGES = new Set(['max_drawdown', 'cagr', 'win_rate']);

/**
 * A metric's value; ratios that read as percentages are shown so.
 * @param {string} name
 * @param {unknown} value
 * @returns {string}
 */
export function metric(name, value) {
  const written = text(value);
  if (written === '') return '–';
  if (PERCENTAGES.has(name)) return `${(Number(written) * 100).toFixed(2)} %`;
  if (name === 'avg_trade_duration_seconds') return duration(Number(written));
  return grouped(written);
}

/**
 * @param {number} seconds
 * @returns {string} `2 d 3 h`, the two largest units
 */
export function duration(seconds) {
  const parts = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [Math.round(seconds % 60), 's'],
  ];
  const from = parts.findIndex(([count]) => count !== 0);
  if (from < 0) return '0 s';
  const shown = parts.slice(from, from + 2).filter(([count]) => count !== 0);
  return shown.map(([count, unit]) => `${String(count)} ${String(unit)}`).join(' ');
}

/**
 * A configuration as label and value, parameters of the template as rows of their own.
 * @param {Fields} config
 * @returns {[string, string][]}
 */
export function configRows(config) {
  return Object.entries(config).flatMap(([name, value]) => {
    if (name === 'params') return configRows(fields(value));
    return [[label(name), Array.isArray(value) ? list(value).map(text).join(', ') : text(value)]];
  });
}
