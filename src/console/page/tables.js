/** Tables of a job's detail: pairs, trades, audit trail. */

import { make } from './dom.js';
import { grouped, label, metric, shortWhen, when } from './format.js';
import { text } from './read.js';

/** @import { AuditRow, Fields } from './types.d.ts' */

const SHOWN_TRADES = 20;

/**
 * Names and values side by side.
 * @param {readonly (readonly [string, string])[]} rows
 * @returns {HTMLElement}
 */
export function pairs(rows) {
  const items = rows.map(([name, value]) => make('div', '', make('dt', '', name), make('dd', '', value)));
  return make('dl', 'pairs', ...items);
}

/**
 * The metrics of a result.
 * @param {Fields} metrics
 * @returns {HTMLElement}
 */
export function metricsTable(metrics) {
  return pairs(Object.entries(metrics).map(([name, value]) => [label(name), metric(name, value)]));
}

/**
 * A table that scrolls sideways by itself where the page is narrow.
 * @param {string} caption
 * @param {readonly { title: string, numeric?: boolean }[]} columns
 * @param {readonly (readonly (string | Node)[])[]} rows
 * @returns {HTMLElement}
 */
function table(caption, columns, rows) {
  const head = columns.map(({ title, numeric }) => {
    const cell = make('th', numeric === true ? 'number' : '', title);
    cell.scope = 'col';
    return cell;
  });
  const body = rows.map((row) =>
    make(
      'tr',
      '',
      ...row.map((value, index) => make('td', columns[index]?.numeric === true ? 'number' : '', value)),
    ),
  );
  const element = make(
    'table',
    '',
    make('caption', 'unseen', caption),
    make('thead', '', make('tr', '', ...head)),
    make('tbody', '', ...body),
  );
  const frame = make('div', 'scroll', element);
  // What scrolls must be reachable by keyboard.
  frame.tabIndex = 0;
  frame.role = 'region';
  frame.ariaLabel = caption;
  return frame;
}

/** @param {string} pnl */
function gain(pnl) {
  const sign = pnl.startsWith('-') ? 'loss' : Number(pnl) > 0 ? 'gain' : '';
  return make('span', sign, grouped(pnl));
}

/**
 * The first trades of a result, and how many there are.
 * @param {readonly Fields[]} trades
 * @returns {HTMLElement}
 */
export function tradesTable(trades) {
  if (trades.length === 0) return make('p', 'quiet', 'No trades.');
  const columns = [
    { title: '#', numeric: true },
    { title: 'Symbol' },
    { title: 'Entry' },
    { title: 'Price', numeric: true },
    { title: 'Exit' },
    { title: 'Price', numeric: true },
    { title: 'Qty', numeric: true },
    { title: 'PnL', numeric: true },
    { title: 'Reason' },
  ];
  const rows = trades
    .slice(0, SHOWN_TRADES)
    .map((trade) => [
      text(trade.id),
      text(trade.symbol),
      shortWhen(text(trade.entry_time)),
      grouped(text(trade.entry_price)),
      shortWhen(text(trade.exit_time)),
      grouped(text(trade.exit_price)),
      text(trade.qty),
      gain(text(trade.pnl)),
      text(trade.exit_reason).replaceAll('_', ' '),
    ]);
  const element = make('div', '', table('First trades', columns, rows));
  if (trades.length > SHOWN_TRADES) {
    const shown = `The first ${String(SHOWN_TRADES)} of ${grouped(String(trades.length))}; the API has them all.`;
    element.append(make('p', 'quiet', shown));
  }
  return element;
}

/**
 * The audit trail, oldest first.
 * @param {readonly AuditRow[]} rows
 * @returns {HTMLElement}
 */
export function auditTable(rows) {
  return table(
    'Audit trail',
    [{ title: 'At' }, { title: 'Change' }, { title: 'Actor' }, { title: 'Reason' }],
    rows.map(({ at, from, to, actor, reason }) => [
      when(at),
      from === '' ? to : `${from} → ${to}`,
      make('code', '', actor),
      reason,
    ]),
  );
}
