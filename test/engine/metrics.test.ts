import { describe, expect, it } from 'vitest';
import { parseDecimal } from '../../src/engine/decimal.ts';
import { exactOf } from '../../src/engine/exact.ts';
import { TradeTotals, deviation, formatRatio, metricsOf, type CurvePoint } from '../../src/engine/metrics.ts';
import { CASES_TITLE, NO_CASES, engineCases, published } from './engine-cases.ts';
import { DAY } from './support.ts';

const signed = (text: string) => (text.startsWith('-') ? -parseDecimal(text.slice(1)) : parseDecimal(text));

/** A curve of equal steps over `days`. */
function curveOf(equity: readonly number[], days = equity.length - 1): CurvePoint[] {
  const step = (days * DAY) / (equity.length - 1);
  return equity.map((value, index) => [index * step, value]);
}

function totalsOf(trades: readonly { pnl: bigint; seconds: number }[]): TradeTotals {
  const totals = new TradeTotals();
  for (const { pnl, seconds } of trades) totals.add(exactOf(pnl), seconds);
  return totals;
}

const NOTHING = {
  sharpe: null,
  sortino: null,
  max_drawdown: '0',
  cagr: null,
  calmar: null,
  win_rate: null,
  profit_factor: null,
  expected_value: null,
  total_trades: 0,
  avg_trade_duration_seconds: null,
};

describe.skipIf(NO_CASES)(CASES_TITLE, () => {
  it.for(['M1_metrics_known_curve', 'M2_metrics_flat', 'M3_constant_growth', 'M4_bust'] as const)(
    '%s',
    (name) => {
      const { input, expect: expected } = engineCases()[name];
      const trades = input.trade_pnls.map((pnl, index) => ({
        pnl: signed(pnl),
        seconds: input.durations_s[index] ?? 0,
      }));
      expect(metricsOf(curveOf(input.equity, input.days), totalsOf(trades))).toEqual(published(expected));
    },
  );
});

describe('metrics', () => {
  it('of a year that falls by a half and doubles', () => {
    // Returns −1/2 and +1: mean 1/4, deviation sqrt(9/8); nothing grew, half was lost on the way.
    expect(metricsOf(curveOf([100, 50, 100], 365), totalsOf([]))).toEqual({
      ...NOTHING,
      sharpe: ((0.25 / Math.sqrt(9 / 8)) * Math.sqrt(252)).toFixed(6),
      max_drawdown: '-0.5',
      cagr: '0',
      calmar: '0',
    });
  });

  it('have no ratio where there is one point', () => {
    expect(metricsOf([[0, 100]], totalsOf([]))).toEqual(NOTHING);
  });

  it('take the noise of floating point for no deviation', () => {
    expect(deviation([0.1 + 0.2, 0.3, 0.3])).toBeNull();
    expect(deviation([0.3, 0.3 + 1e-9, 0.3])).toBeGreaterThan(0);
  });

  it('stay defined when equity reaches zero', () => {
    const metrics = metricsOf(curveOf([100, 0, 0], 365), totalsOf([]));
    // Returns −1 and 0: mean −1/2, deviation sqrt(1/2).
    expect(metrics).toMatchObject({ max_drawdown: '-1', cagr: '-1', calmar: '-1', sortino: null });
    expect(metrics.sharpe).toBe(((-0.5 / Math.SQRT1_2) * Math.sqrt(252)).toFixed(6));
  });

  it('of trades count wins above zero only and round money half away from zero', () => {
    const trades = [3n, 0n, -8n].map((pnl, index) => ({ pnl, seconds: 60 * index + 1 }));
    expect(metricsOf(curveOf([100, 100]), totalsOf(trades))).toEqual({
      ...NOTHING,
      cagr: '0',
      win_rate: '0.333333',
      profit_factor: '0.375',
      expected_value: '-0.00000002',
      total_trades: 3,
      avg_trade_duration_seconds: 61,
    });
  });

  it('have a profit factor of 0 without wins, and none without losses', () => {
    const of = (pnl: bigint) => metricsOf(curveOf([100, 100]), totalsOf([{ pnl, seconds: 1 }])).profit_factor;
    expect(of(-1n)).toBe('0');
    expect(of(1n)).toBeNull();
  });
});

describe('a ratio', () => {
  it.for([
    [1.5, '1.5'],
    [100, '100'],
    [-2 / 3, '-0.666667'],
    [-1e-9, '0'],
    [-0, '0'],
    [2 ** 80, '1208925819614629174706176'],
    [Infinity, null],
    [NaN, null],
    [null, null],
  ] as const)('%s is published as %s', ([ratio, text]) => {
    expect(formatRatio(ratio)).toBe(text);
  });
});
