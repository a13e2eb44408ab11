import { joined } from '../bytes.ts';
import type { BacktestResult } from '../schemas/result.ts';

/** Some 10 ms of work. */
const TRADES_A_SLICE = 2000;

/**
 * A result as JSON in UTF-8, in slices: after each, `pause` lets others have the thread; false gives up.
 * @returns null where `pause` said so.
 */
export async function encodeResult(
  result: BacktestResult,
  pause: () => Promise<boolean>,
): Promise<Uint8Array | null> {
  const { metrics, equity_curve, trades, warnings } = result;
  const encoder = new TextEncoder();
  const head = JSON.stringify({ metrics, equity_curve });
  const parts = [encoder.encode(`${head.slice(0, -1)},"trades":[`)];
  for (let from = 0; from < trades.length; from += TRADES_A_SLICE) {
    const slice = JSON.stringify(trades.slice(from, from + TRADES_A_SLICE)).slice(1, -1);
    parts.push(encoder.encode(from === 0 ? slice : `,${slice}`));
    if (!(await pause())) return null;
  }
  parts.push(encoder.encode(`],"warnings":${JSON.stringify(warnings)}}`));
  return joined(parts);
}
