import { env } from 'cloudflare:workers';
import { describe, expect, it, vi } from 'vitest';
import { LeaseKeeper } from '../../src/executor/lease-keeper.ts';
import { simulate, type TradeSink } from '../../src/executor/simulate.ts';
import { parseCreateJob } from '../../src/schemas/job.ts';
import { LONG_JOB } from '../support/executor.ts';

type Beat = ConstructorParameters<typeof LeaseKeeper>[0];

/** Takes trades, and keeps none. */
const NO_TRADES: TradeSink = {
  add: (trades) => {
    for (const _ of trades.json());
  },
  drain: () => Promise.resolve(),
};

const GO_ON = { ok: true, value: { continue: true, leaseExpiresAt: 0 } } as const;

function longConfig() {
  const parsed = parseCreateJob(LONG_JOB, Date.now());
  if (!parsed.ok) throw new Error('LONG_JOB does not fit');
  return parsed.config;
}

describe('a lease keeper', () => {
  it.each([
    ['the job is final', { ok: true, value: { continue: false, status: 'cancelled' } } as const],
    ['the lease is superseded', { ok: false, code: 'STALE_LEASE', status: 'running' } as const],
  ])('no longer holds once an answer says that %s, and beats no more', async (_, answer) => {
    const beat = vi.fn<Beat>().mockResolvedValue(answer);
    const keeper = new LeaseKeeper(beat);
    expect(keeper.holds).toBe(true);
    await vi.waitUntil(() => !keeper.holds);
    await keeper.stop();
    expect(beat).toHaveBeenCalledTimes(1);
  });

  it('goes on after a heartbeat that did not get through, and reports the latest progress', async () => {
    const warn = vi.spyOn(console, 'warn').mockReturnValue();
    const beat = vi.fn<Beat>().mockRejectedValueOnce(new Error('unreachable')).mockResolvedValue(GO_ON);
    const keeper = new LeaseKeeper(beat);
    keeper.report(0.25);
    await vi.waitUntil(() => beat.mock.calls.length >= 2);
    expect(keeper.holds).toBe(true);
    await keeper.stop();
    expect(keeper.holds).toBe(false);
    expect(beat.mock.calls.map(([progress]) => progress)).toEqual([0.25, 0.25]);
    expect(warn).toHaveBeenCalledOnce();
    warn.mockRestore();
  });
});

describe('a long simulation under a lease', () => {
  it('beats at least every 250 ms, and computes no slice after the answer that says to stop', async () => {
    const sent: number[] = [];
    let slices = 0;
    let slicesAtAnswer = -1;
    const keeper = new LeaseKeeper(async () => {
      sent.push(Date.now());
      await scheduler.wait(0);
      if (sent.length < 5) return GO_ON;
      slicesAtAnswer = slices;
      return { ok: true, value: { continue: false, status: 'cancelled' } };
    });
    const began = Date.now();
    const candles = { bucket: env.CANDLES, synthetic: true };
    const outcome = await simulate(longConfig(), candles, NO_TRADES, {
      now: () => Date.now(),
      async pause() {
        slices += 1;
        await scheduler.wait(0);
        return keeper.holds;
      },
    });
    await keeper.stop();

    expect(outcome.kind).toBe('stopped');
    // The slice under way when the answer came is the last one.
    expect(slices - slicesAtAnswer).toBeLessThanOrEqual(1);
    const gaps = sent.map((at, index) => at - (sent[index - 1] ?? began));
    expect(Math.max(...gaps)).toBeLessThanOrEqual(250);
  });
});
