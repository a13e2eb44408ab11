import { app } from './app.ts';
import { consume } from './executor/consumer.ts';

export { Account } from './account/account.ts';
export { BacktestJob } from './job/backtest-job.ts';

export default {
  fetch: app.fetch,
  queue: consume,
} satisfies ExportedHandler<Cloudflare.Env>;
