/** `npm run demo`: shows backtests and cancels on a service of its own, in under a minute; exits 0 only if all went as it must. */
import { tellStory } from './demo-story.ts';
import { messageOf } from './errors.ts';
import { onStop } from './lifetime.ts';
import { mintKey, setLimits } from './operator.ts';
import { freePort } from './ports.ts';
import { Screen } from './screen.ts';
import { Service } from './service.ts';
import { throwAway } from './throw-away.ts';
import { Trader } from './trader.ts';

const ACCOUNT = 'demo';
/** The waits inside are bounded one by one; this bounds their sum. */
const MINUTE_MS = 60_000;

const started = performance.now();
const screen = new Screen(process.stdout);
const port = await freePort();
const place = throwAway();
const service = new Service({
  port,
  persistTo: place.persistTo,
  envFile: place.envFile,
  output: 'pipe',
});
const interrupted = new Promise<never>((_, reject) => {
  onStop((signal) => {
    reject(new Error(`Interrupted by ${signal}.`));
  });
  setTimeout(() => {
    reject(new Error('The demo took more than a minute.'));
  }, MINUTE_MS).unref();
});

let failure: string | null = null;
try {
  await Promise.race([demo(), interrupted]);
} catch (error) {
  failure = messageOf(error);
} finally {
  await service.stop();
  place.remove();
}
const seconds = ((performance.now() - started) / 1000).toFixed(1);
if (failure === null) {
  screen.title(
    `All as it must be, in ${seconds} s: one backtest done, two cancelled for good, one cancel refused.`,
  );
} else {
  screen.title(`Failed after ${seconds} s: ${failure}`);
  console.error(`\nThe service's last words:\n${service.log}`);
}
process.exit(failure === null ? 0 : 1);

async function demo(): Promise<void> {
  screen.title('Starting the service, with a store and secrets to throw away');
  await service.ready();
  await setLimits(service.url, place.adminToken, ACCOUNT, { max_running_jobs: 1, weight_per_minute: 10_000 });
  const key = await mintKey(service.url, place.adminToken, ACCOUNT);
  screen.good(`${service.url} answers.`);
  await tellStory(new Trader(service.url, key), screen);
}
