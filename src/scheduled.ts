import { sweepCandles } from './candles/sweep.ts';
import { log, whatFailed } from './observe/log.ts';

/** Takes what the cron trigger of `wrangler.toml` starts, by the time it was to start at. */
export async function scheduled(controller: ScheduledController, env: Cloudflare.Env): Promise<void> {
  const { objects, removed, removedBytes, complete, unreadable } = await sweepCandles(
    env.CANDLES,
    controller.scheduledTime,
  );
  for (const { key, error } of unreadable) log('error', 'manifest_unreadable', { key, ...whatFailed(error) });
  log('info', 'candles_swept', { objects, removed, removed_bytes: removedBytes, complete });
}
