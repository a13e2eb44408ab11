import { app } from './app.ts';
import { consume } from './executor/consumer.ts';
import { scheduled } from './scheduled.ts';

export { Account } from './account/account.ts';
export { BacktestJob } from './job/backtest-job.ts';

export default {
  fetch: app.fetch,
  queue: consume,
  scheduled,
} satisfies ExportedHandler<Cloudflare.Env>;
