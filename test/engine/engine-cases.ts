import { inject } from 'vitest';
import { z } from 'zod';

const bar = z.tuple([z.number(), z.string(), z.string(), z.string(), z.string()]);
const metrics = z.record(z.string(), z.number().nullable());

const gridCase = z.object({
  input: z.object({ bars: z.array(bar).optional(), capital: z.string() }),
  expect: z.object({
    levels: z.array(z.string()),
    qty: z.string(),
    trades: z.array(
      z.object({
        id: z.number(),
        side: z.string(),
        entry_time: z.string(),
        entry_price: z.string(),
        exit_time: z.string(),
        exit_price: z.string(),
        qty: z.string(),
        pnl: z.string(),
        fee: z.string(),
        exit_reason: z.string(),
      }),
    ),
    equity_curve: z.array(z.tuple([z.string(), z.string()])),
    final_equity: z.string(),
    total_fee: z.string(),
    metrics,
  }),
});

const breakoutCase = z.object({
  input: z.object({ bars: z.array(bar), lookback: z.number(), capital: z.string() }),
  expect: gridCase.shape.expect.omit({ levels: true, qty: true, total_fee: true }),
});

const liquidationCase = z.object({
  input: z.object({ entry: z.string(), capital: z.string(), leverage: z.number() }),
  expect: z.object({
    qty: z.string(),
    wallet_after_entry_fee: z.string(),
    liq_trigger: z.string(),
    bankruptcy_price: z.string(),
    pnl: z.string(),
    final_equity: z.string(),
    max_drawdown: z.string(),
  }),
});

const metricsCase = z.object({
  input: z.object({
    equity: z.array(z.number()),
    trade_pnls: z.array(z.string()).default([]),
    durations_s: z.array(z.number()).default([]),
    days: z.number(),
  }),
  expect: metrics,
});

const cases = z.object({
  G1_grid_no_fee: gridCase,
  G2_grid_fixed_10bps: gridCase,
  G3_grid_maker2_taker5: gridCase,
  G4_same_bar_green: gridCase,
  G5_same_bar_red: gridCase,
  G7_min_notional: z.object({
    input: z.object({ capital: z.string() }),
    expect: z.object({ error: z.string(), qty: z.string() }),
  }),
  B1_breakout_lookback3_10bps: breakoutCase,
  L1_liq_long_10x: liquidationCase,
  M1_metrics_known_curve: metricsCase,
  M2_metrics_flat: metricsCase,
  M3_constant_growth: metricsCase,
  M4_bust: metricsCase,
});

/** The worked cases beside the checkout, as far as this engine runs them. */
export type EngineCases = z.infer<typeof cases>;
/** The bars of a case. */
export type CaseBar = z.infer<typeof bar>;

const text = inject('engineCases');

/** Title of a group of tests that need the cases; says why they are skipped where they are. */
export const CASES_TITLE =
  text === null
    ? 'worked cases (skipped: shared/engine-cases.json is not beside the checkout)'
    : 'worked cases';

/** Whether the checkout stands alone. */
export const NO_CASES = text === null;

/** The worked cases; only where {@link NO_CASES} is false. */
export function engineCases(): EngineCases {
  return cases.parse(JSON.parse(text ?? 'null'));
}

/** A metric of a case as it must be published: ratios to 6 decimals, `expected_value` to 8, a duration in whole seconds. */
export function published(expected: Record<string, number | null>): Record<string, string | number | null> {
  const publish = (name: string, value: number | null) => {
    if (value === null || name === 'total_trades') return value;
    if (name === 'avg_trade_duration_seconds') return Math.round(value);
    return String(Number(value.toFixed(name === 'expected_value' ? 8 : 6)));
  };
  return Object.fromEntries(
    Object.entries(expected).map(([name, value]) => [name, publish(name, value)] as const),
  );
}
