import { describe, expect, it } from 'vitest';
import { AllInPosition } from '../../src/engine/all-in.ts';
import { scheduleOfBps, type FeeSchedule } from '../../src/engine/fees.ts';
import { Ledger } from '../../src/engine/ledger.ts';
import { marketOf } from '../../src/engine/market.ts';
import { TradeTotals, metricsOf, type CurvePoint } from '../../src/engine/metrics.ts';
import { gridLines } from '../../src/engine/templates/grid-plan.ts';
import { DEFAULT_SPEC } from '../../src/candles/bars.ts';
import { formatMoney, parseDecimal } from '../../src/engine/decimal.ts';
import {
  CASES_TITLE,
  NO_CASES,
  engineCases,
  published,
  type CaseBar,
  type EngineCases,
} from './engine-cases.ts';
import { barsOf, gridJob, job, run } from './support.ts';

function chunkOf(bars: readonly CaseBar[]) {
  return barsOf(
    bars.map(([time, open, high, low, close]) => ({
      time,
      open: Number(open),
      high: Number(high),
      low: Number(low),
      close: Number(close),
    })),
  );
}

/** The cases write a price without the zeros that the tick's decimals end in. */
const plain = (price: string) => price.replace(/\.?0+$/, '');

const signed = (text: string) => (text.startsWith('-') ? -parseDecimal(text.slice(1)) : parseDecimal(text));
const total = (amounts: readonly string[]) => amounts.reduce((sum, text) => sum + signed(text), 0n);

type GridCase = Extract<keyof EngineCases, `${string}_grid_${string}` | `${string}_same_bar_${string}`>;

const GRIDS: [name: GridCase, fees: FeeSchedule][] = [
  ['G1_grid_no_fee', scheduleOfBps('0', '0')],
  ['G2_grid_fixed_10bps', scheduleOfBps('10', '10')],
  ['G3_grid_maker2_taker5', scheduleOfBps('2', '5')],
  ['G4_same_bar_green', scheduleOfBps('0', '0')],
  ['G5_same_bar_red', scheduleOfBps('0', '0')],
];

/**
 * G2 is worth exactly 3825.025 at the midnight of 2025-01-04. Its curve says 3825.03, which is half up as published;
 * its sharpe and sortino are of a curve with 3825.02. The text has metrics computed from the published curve.
 */
const OF_PUBLISHED_CURVE: Partial<Record<GridCase, { sharpe: string; sortino: string }>> = {
  G2_grid_fixed_10bps: { sharpe: '3.440598', sortino: '5.847545' },
};

describe.skipIf(NO_CASES)(CASES_TITLE, () => {
  describe.for(GRIDS)('%s', ([name, fees]) => {
    function outcome() {
      const all = engineCases();
      const { input, expect: expected } = all[name];
      const bars = input.bars ?? all.G1_grid_no_fee.input.bars ?? [];
      const end = new Date((bars.at(-1)?.[0] ?? 0) * 1000).toISOString().replace('.000', '');
      const config = gridJob(5, '90', '110', { capital: input.capital, end });
      return { expected, capital: input.capital, result: run(config, [chunkOf(bars)], { fees }) };
    }

    it('makes the same trades in the same order', () => {
      const { expected, result } = outcome();
      const trades = result.trades.map(({ symbol: _, ...trade }) => ({
        ...trade,
        entry_price: plain(trade.entry_price),
        exit_price: plain(trade.exit_price),
      }));
      expect(trades).toEqual(expected.trades);
      expect(new Set(trades.map(({ qty }) => qty))).toEqual(new Set([expected.qty]));
    });

    it('draws the same equity curve', () => {
      const { expected, result } = outcome();
      expect(result.equity_curve).toEqual(expected.equity_curve);
    });

    it('sums to the same equity and fees exactly', () => {
      const { expected, capital, result } = outcome();
      expect(formatMoney(total([capital, ...result.trades.map(({ pnl }) => pnl)]))).toBe(
        expected.final_equity,
      );
      expect(formatMoney(total(result.trades.map(({ fee }) => fee)))).toBe(expected.total_fee);
    });

    it('publishes the same metrics', () => {
      const { expected, result } = outcome();
      expect(result.metrics).toEqual({ ...published(expected.metrics), ...OF_PUBLISHED_CURVE[name] });
    });

    it('has the same price lines', () => {
      const { expected } = outcome();
      const params = { grid_levels: 5, lower_price: '90', upper_price: '110' };
      const { lines } = gridLines(params, marketOf(DEFAULT_SPEC));
      expect(lines).toEqual(expected.levels.map((level) => Number(level) * 100));
    });
  });

  it('G2 has the sharpe and sortino of its curve with the tie of 2025-01-04 rounded down', () => {
    const { equity_curve, metrics } = engineCases().G2_grid_fixed_10bps.expect;
    const curve = equity_curve.map(([at, equity]): CurvePoint => [
      Date.parse(at) / 1000,
      Number(equity === '3825.03' ? '3825.02' : equity),
    ]);
    const { sharpe, sortino } = published(metrics);
    expect(metricsOf(curve, new TradeTotals())).toMatchObject({ sharpe, sortino });
  });

  it('G2 is what the job setting fixed_bps 10 computes', () => {
    const all = engineCases();
    const { input, expect: expected } = all.G2_grid_fixed_10bps;
    const config = gridJob(5, '90', '110', {
      capital: input.capital,
      end: '2025-01-10T00:00:00Z',
      fee_model: 'fixed_bps',
      fee_bps: '10',
    });
    const result = run(config, [chunkOf(all.G1_grid_no_fee.input.bars ?? [])]);
    expect(result.equity_curve).toEqual(expected.equity_curve);
    expect(result.warnings.map(({ code }) => code)).toEqual(['COARSE_BARS']);
  });

  it('B1_breakout_lookback3_10bps makes the same trades, curve and metrics', () => {
    const { input, expect: expected } = engineCases().B1_breakout_lookback3_10bps;
    const template = { template_id: 'tpl_breakout', params: { lookback: input.lookback } } as const;
    const { capital } = input;
    const fees = { fee_model: 'fixed_bps', fee_bps: '10' } as const;
    const result = run(job(template, { capital, end: '2025-01-12T00:00:00Z', ...fees }), [
      chunkOf(input.bars),
    ]);
    const trades = result.trades.map(({ symbol: _, ...trade }) => ({
      ...trade,
      entry_price: plain(trade.entry_price),
      exit_price: plain(trade.exit_price),
    }));
    expect(trades).toEqual(expected.trades);
    expect(result.equity_curve).toEqual(expected.equity_curve);
    expect(result.metrics).toEqual(published(expected.metrics));
    expect(formatMoney(total([capital, ...trades.map(({ pnl }) => pnl)]))).toBe(expected.final_equity);
  });

  it('L1_liq_long_10x is liquidated at the same price with nothing left', () => {
    const { input, expect: expected } = engineCases().L1_liq_long_10x;
    const { capital, leverage } = input;
    const ledger = new Ledger(
      marketOf(DEFAULT_SPEC),
      scheduleOfBps('0', '0'),
      parseDecimal(capital),
      leverage,
    );
    const position = new AllInPosition(ledger);
    position.enter(0, Number(input.entry) * 100);
    const [lot] = position.lots;
    expect(formatMoney((lot?.steps ?? 0n) * ledger.market.step)).toBe(expected.qty);
    expect(ledger.liquidationTicks).toBe(Number(expected.liq_trigger) * 100);
    position.liquidate(1);
    const [trade] = ledger.takeTrades(Infinity);
    expect(trade?.exitTicks).toBe(Number(expected.bankruptcy_price) * 100);
    expect(formatMoney(trade?.pnl ?? 0)).toBe(expected.pnl);
    expect(formatMoney(ledger.wallet)).toBe(expected.final_equity);
  });

  it('G7_min_notional fails and names the quantity', () => {
    const all = engineCases();
    const { input, expect: expected } = all.G7_min_notional;
    const config = gridJob(5, '90', '110', { capital: input.capital });
    expect(() => run(config, [chunkOf(all.G1_grid_no_fee.input.bars ?? [])])).toThrow(
      new RegExp(`${expected.error}.* ${expected.qty} `),
    );
  });
});
