import { DurableObject } from 'cloudflare:workers';
export class BacktestJob extends DurableObject {
  hi(): string {
    return 'hi';
  }
}
export class Account extends DurableObject {}
export default {
  fetch: () => new Response('ok'),
  async queue(batch) {
    console.log('got', batch.queue);
    batch.ackAll();
  },
} satisfies ExportedHandler;
