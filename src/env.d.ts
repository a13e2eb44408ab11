/** A dispatch: this job may run. Delivered at least once. */
interface DispatchMessage {
  readonly job_id: string;
}

declare namespace Cloudflare {
  /** Bindings, variables and secrets; `wrangler.toml` holds the defaults of the variables. */
  interface Env {
    readonly BACKTEST_JOB: DurableObjectNamespace<import('./job/backtest-job.ts').BacktestJob>;
    readonly ACCOUNT: DurableObjectNamespace<import('./account/account.ts').Account>;
    readonly CANDLES: R2Bucket;
    /** Results that are too large for a row. */
    readonly RESULTS: R2Bucket;
    readonly DISPATCH: Queue<DispatchMessage>;
    /** Counters and latencies; only where the operator binds it. */
    readonly METRICS?: AnalyticsEngineDataset;
    readonly SIGNATURE_WINDOW_MS: string;
    readonly LEASE_MS: string;
    readonly MAX_ATTEMPTS: string;
    readonly RETENTION_DAYS: string;
    readonly EXECUTOR: string;
    readonly SYNTHETIC_CANDLES: string;
    /** From which API secrets are derived: version 1. Absent until the operator sets it, and once it is retired. */
    readonly MASTER_KEY?: string;
    /** Later versions of it: `MASTER_KEY_2` and so on. */
    readonly [name: `MASTER_KEY_${string}`]: string;
    /** Opens the administration routes. Absent until the operator sets it. */
    readonly ADMIN_TOKEN?: string;
  }
  interface GlobalProps {
    mainModule: typeof import('./index.ts');
    durableNamespaces: 'BacktestJob' | 'Account';
  }
}
