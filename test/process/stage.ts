import { execFileSync } from 'node:child_process';
import { mintKey, setLimits } from '../../src/local/operator.ts';
import { freePort } from '../../src/local/ports.ts';
import { Service } from '../../src/local/service.ts';
import { throwAway, type ThrowAway } from '../../src/local/throw-away.ts';
import { Trader } from '../../src/local/trader.ts';
import type { Credentials } from '../../src/local/wire.ts';
import type { Permission } from '../../src/schemas/admin.ts';

const ACCOUNT = 'stage';
/** More than any test can spend. */
const WEIGHT_PER_MINUTE = 1_000_000;

/** A service with a store of its own that can be killed and started again, and a trader's view of it. */
export class Stage {
  readonly #place: ThrowAway;
  readonly #port: number;
  readonly #vars: Readonly<Record<string, string>>;
  #service: Service;
  #credentials: Credentials | null = null;

  private constructor(place: ThrowAway, port: number, vars: Readonly<Record<string, string>>) {
    this.#place = place;
    this.#port = port;
    this.#vars = vars;
    this.#service = this.#launch();
  }

  /** Starts a service with these variables, and an account that may run so many jobs at a time. */
  static async open(vars: Readonly<Record<string, string>>, maxRunningJobs: number): Promise<Stage> {
    const stage = new Stage(throwAway(), await freePort(), vars);
    try {
      await stage.#service.ready();
      const { url } = stage.#service;
      const limits = { max_running_jobs: maxRunningJobs, weight_per_minute: WEIGHT_PER_MINUTE };
      await setLimits(url, stage.#place.adminToken, ACCOUNT, limits);
      stage.#credentials = await stage.mintKey();
      return stage;
    } catch (error) {
      await stage.close();
      throw error;
    }
  }

  get url(): string {
    return this.#service.url;
  }

  /** The end of what the service has written. */
  get log(): string {
    return this.#service.log;
  }

  /** A key of the account's that may read and trade. */
  get credentials(): Credentials {
    if (this.#credentials === null) throw new Error('The stage is not open.');
    return this.#credentials;
  }

  /** The account's trader. */
  get trader(): Trader {
    return new Trader(this.url, this.credentials);
  }

  /** Another key of the account's; it may read and trade unless other permissions are named. */
  mintKey(permissions?: readonly Permission[]): Promise<Credentials> {
    return mintKey(this.url, this.#place.adminToken, ACCOUNT, permissions);
  }

  /**
   * Kills every process of the service at once, and starts it again on the same store; {@link ready} tells when it answers.
   * @returns when nothing of it ran, in milliseconds since the epoch.
   */
  async crash(): Promise<number> {
    await this.#service.kill();
    const killedAt = Date.now();
    this.#service = this.#launch();
    return killedAt;
  }

  /** Waits until the service answers. */
  ready(): Promise<void> {
    return this.#service.ready();
  }

  /** Ends the service and removes its store. Gives the command lines of processes that are left nevertheless. */
  async close(): Promise<string[]> {
    await this.#service.kill();
    this.#place.remove();
    return processesMentioning(this.#place.persistTo, `127.0.0.1:${String(this.#port)}`);
  }

  #launch(): Service {
    const { persistTo, envFile } = this.#place;
    return new Service({ port: this.#port, persistTo, envFile, vars: this.#vars, output: 'pipe' });
  }
}

/** Command lines of running processes that mention one of these texts, such as a port or a directory. */
export function processesMentioning(...texts: string[]): string[] {
  const all = execFileSync('ps', ['-eo', 'stat=,args='], { encoding: 'utf8' }).split('\n');
  return all.filter((line) => !line.startsWith('Z') && texts.some((text) => line.includes(text)));
}
