import { spawn } from 'node:child_process';
import { z } from 'zod';
import type { Io } from '../../src/cli/io.ts';
import { expectStatus, sendSigned } from '../../src/local/client.ts';
import { mintKey, setLimits } from '../../src/local/operator.ts';
import { ROOT } from '../../src/local/paths.ts';
import { until } from '../../src/local/poll.ts';
import { freePort } from '../../src/local/ports.ts';
import { Service } from '../../src/local/service.ts';
import { throwAway, type ThrowAway } from '../../src/local/throw-away.ts';
import { Trader } from '../../src/local/trader.ts';
import type { Job } from '../../src/client/index.ts';
import type { Credentials } from '../../src/local/wire.ts';
import { GRID } from './backtests.ts';

const ACCOUNT = 'terminal';

/** A result as a worker reports it. */
export const RESULT = {
  metrics: {
    sharpe: '1.5',
    max_drawdown: '-0.0625',
    total_trades: 2,
    avg_trade_duration_seconds: 93_600,
    win_rate: '0.5',
  },
  equity_curve: [
    ['2025-01-01T00:00:00Z', '10000'],
    ['2025-01-02T00:00:00Z', '10250.5'],
    ['2025-01-03T00:00:00Z', '10125.25'],
  ],
  trades: [
    { id: 1, symbol: 'BTCUSDT', pnl: '250.5', exit_reason: 'grid' },
    { id: 2, symbol: 'BTCUSDT', pnl: '-125.25', exit_reason: 'said "sell", twice', note: null },
  ],
  warnings: [{ code: 'SYNTHETIC_CANDLES', message: 'Generated.' }],
};

/** What a run of `pipai` left. */
export interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A run of `pipai` under way. */
export interface Running {
  readonly out: () => string;
  readonly err: () => string;
  /** As Ctrl-C does. */
  readonly interrupt: () => void;
  /** Reads no more of its standard output. */
  readonly hangUp: () => void;
  readonly ended: Promise<Run>;
}

/** A service whose jobs wait until a test works on them, with the environment that `pipai` needs for it. */
export class Desk {
  readonly url: string;
  readonly env: Readonly<Record<string, string>>;
  readonly trader: Trader;
  readonly close: () => Promise<void>;
  readonly #worker: Credentials;

  private constructor(service: Service, place: ThrowAway, key: Credentials, worker: Credentials) {
    this.url = service.url;
    this.env = {
      PIPAI_URL: service.url,
      PIPAI_API_KEY: key.api_key,
      PIPAI_API_SECRET: key.api_secret,
      PIPAI_ADMIN_TOKEN: place.adminToken,
    };
    this.trader = new Trader(service.url, key);
    this.close = () => closed(service, place);
    this.#worker = worker;
  }

  /** Starts a service with a store of its own. */
  static async open(): Promise<Desk> {
    const place = throwAway();
    const { persistTo, envFile, adminToken } = place;
    const vars = { EXECUTOR: 'external' };
    const service = new Service({ port: await freePort(), persistTo, envFile, vars, output: 'pipe' });
    try {
      await service.ready();
      const { url } = service;
      await setLimits(url, adminToken, ACCOUNT, { weight_per_minute: 100_000, max_running_jobs: 100 });
      const worker = await mintKey(url, adminToken, 'machines', ['worker']);
      return new Desk(service, place, await mintKey(url, adminToken, ACCOUNT), worker);
    } catch (error) {
      await closed(service, place);
      throw error;
    }
  }

  /** Runs `pipai` to its end, in a process of its own without a terminal. */
  pipai(args: readonly string[], more: { env?: Record<string, string>; input?: string } = {}): Promise<Run> {
    return this.start(args, more).ended;
  }

  /** Starts `pipai`. No output of any run may hold a secret of this desk. */
  start(
    args: readonly string[],
    { env = this.env, input = '' }: { env?: Readonly<Record<string, string>>; input?: string } = {},
  ): Running {
    const child = spawn(process.execPath, [`${ROOT}src/cli/pipai.ts`, ...args], { env });
    child.stdin.end(input);
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    const code = new Promise<number | null>((resolve) => child.once('close', resolve));
    return {
      out: () => stdout,
      err: () => stderr,
      interrupt: () => child.kill('SIGINT'),
      hangUp: () => child.stdout.destroy(),
      ended: code.then((value) => {
        this.#holdsNoSecret(stdout + stderr);
        return { code: value, stdout, stderr };
      }),
    };
  }

  /** A queued job. */
  submitted(): Promise<Job> {
    return this.trader.submit(GRID);
  }

  /** A job that is done with {@link RESULT}. */
  async done(): Promise<Job> {
    const job = await this.submitted();
    await this.complete(job.id, await this.work(job.id, 0.5));
    return job;
  }

  /** A job that failed. */
  async failed(): Promise<Job> {
    const job = await this.submitted();
    await this.fail(job.id, await this.work(job.id, 0.5), { code: 'TEMPLATE_ERROR', message: 'No cells.' });
    return job;
  }

  /** Starts to run a job, and reports this progress. Gives the lease. */
  async work(id: string, progress: number): Promise<string> {
    const { lease } = z.object({ lease: z.string() }).parse(await this.#report(id, 'start', {}));
    await this.#report(id, 'heartbeat', { lease, progress });
    return lease;
  }

  /** Ends a job with {@link RESULT}. */
  async complete(id: string, lease: string): Promise<void> {
    await this.#report(id, 'complete', { lease, result: RESULT });
  }

  /** Ends a job with a failure. */
  async fail(id: string, lease: string, error: { code: string; message: string }): Promise<void> {
    await this.#report(id, 'fail', { lease, error });
  }

  async #report(id: string, what: string, body: object): Promise<unknown> {
    const target = `/v1/worker/jobs/${id}/${what}`;
    return expectStatus(await sendSigned(this.url, this.#worker, 'POST', target, body), 200, what);
  }

  #holdsNoSecret(text: string): void {
    for (const secret of [this.env.PIPAI_API_SECRET, this.env.PIPAI_ADMIN_TOKEN]) {
      if (secret === undefined || text.includes(secret)) throw new Error(`A secret was printed:\n${text}`);
    }
  }
}

async function closed(service: Service, place: ThrowAway): Promise<void> {
  await service.kill();
  place.remove();
}

/** Waits until a text holds what is looked for, and gives its first group, or all of it. */
export function seen(text: () => string, what: RegExp): Promise<string> {
  const look = () => {
    const found = what.exec(text());
    return found === null ? null : (found[1] ?? found[0]);
  };
  return until(look, { what: String(what), atMostMs: 20_000, everyMs: 20 });
}

/** The lines of a text as JSON. */
export function jsonLines(text: string): unknown[] {
  const lines = text.trimEnd().split('\n');
  return lines.map((line): unknown => JSON.parse(line));
}

/** A terminal with nobody at it but the test. */
export class FakeTerminal implements Io {
  readonly env: Readonly<Record<string, string>>;
  readonly interactive = true;
  readonly questions: string[] = [];
  out = '';
  err = '';
  readonly stdout = { isTTY: true, columns: 80, write: (written: string) => (this.out += written) };
  readonly stderr = { isTTY: true, columns: 80, write: (written: string) => (this.err += written) };
  readonly #answer: () => Promise<boolean>;
  #listener: (() => void) | null = null;

  constructor(env: Readonly<Record<string, string>>, answer: () => Promise<boolean>) {
    this.env = env;
    this.#answer = answer;
  }

  readStdin(): Promise<Buffer> {
    return Promise.resolve(Buffer.alloc(0));
  }

  confirm(question: string): Promise<boolean> {
    this.questions.push(question);
    return this.#answer();
  }

  onInterrupt(listener: () => void): () => void {
    this.#listener = listener;
    return () => {
      this.#listener = null;
    };
  }

  /** Presses Ctrl-C. Gives whether anybody listened. */
  press(): boolean {
    this.#listener?.();
    return this.#listener !== null;
  }
}
