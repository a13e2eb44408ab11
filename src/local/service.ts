import { isHealthy } from './health.ts';
import { stopWrangler } from './lifetime.ts';
import { until } from './poll.ts';
import { startWrangler, type WranglerGroup } from './wrangler.ts';

const HEALTHY_WITHIN_MS = 60_000;
const KEPT_OUTPUT = 8000;

/** Where and how a service runs. */
export interface ServiceOptions {
  readonly port: number;
  /** The directory of its store; wrangler's own where it is left out. */
  readonly persistTo?: string;
  /** A file with its secrets; `.dev.vars` where it is left out. */
  readonly envFile?: string;
  /** Variables of `wrangler.toml` to set otherwise. Command lines are public: no secrets. */
  readonly vars?: Readonly<Record<string, string>>;
  /** `inherit`: warnings and errors go to the terminal; `pipe`: everything is kept for {@link Service.log}. */
  readonly output: 'inherit' | 'pipe';
}

/** The service in a process group of its own. */
export class Service {
  readonly url: string;
  readonly #wrangler: WranglerGroup;
  #log = '';

  /** Starts the service; {@link ready} tells when it answers. */
  constructor(options: ServiceOptions) {
    const port = String(options.port);
    this.url = `http://127.0.0.1:${port}`;
    const args = ['dev', '--ip', '127.0.0.1', '--port', port, '--inspector-port', '0'];
    if (options.persistTo !== undefined) args.push('--persist-to', options.persistTo);
    if (options.envFile !== undefined) args.push('--env-file', options.envFile);
    if (options.output === 'inherit') args.push('--log-level', 'warn');
    for (const [name, value] of Object.entries(options.vars ?? {})) args.push('--var', `${name}:${value}`);
    this.#wrangler = startWrangler(args, options.output);
    for (const stream of this.#wrangler.output) {
      stream.on('data', (chunk: Buffer) => {
        this.#log = (this.#log + chunk.toString()).slice(-KEPT_OUTPUT);
      });
    }
  }

  /** Resolves with wrangler's exit code when the service is gone, whatever ended it. */
  get ended(): Promise<number> {
    return this.#wrangler.ended;
  }

  /** The end of what the service has written. */
  get log(): string {
    return this.#log;
  }

  /**
   * Waits until the service answers.
   * @throws Error when it ends first, or takes too long.
   */
  async ready(): Promise<void> {
    let ended: number | null = null;
    void this.ended.then((code) => (ended = code));
    await until(
      async () => {
        if (ended !== null) throw new Error(`The service ended with ${String(ended)}.\n${this.#log}`);
        return (await isHealthy(this.url)) ? true : null;
      },
      { what: 'the service to answer', atMostMs: HEALTHY_WITHIN_MS, everyMs: 50 },
    );
  }

  /** Ends the service as Ctrl-C does; resolves when nothing of it is left. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    await stopWrangler(this.#wrangler, signal);
  }

  /** Kills every process of the service at once, as a power cut would; resolves when nothing of it is left. */
  async kill(): Promise<void> {
    this.#wrangler.signal('SIGKILL');
    await this.ended;
  }
}
