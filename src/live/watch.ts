import { decodeMoment, isLast, type Moment } from '../job/moment.ts';
import { log, whatFailed } from '../observe/log.ts';

/** Opens a socket to the job's object; null where there is no such job. Takes a new stub each time. */
export type Connect = () => Promise<WebSocket | null>;

/**
 * How long to wait before each try to connect again, in milliseconds. Every deploy resets every object, which is back at once
 * as a rule; one that is overloaded gets some air.
 */
const RECONNECT_AFTER: readonly number[] = [20, 250, 1000, 4000];
const NORMAL = 1000;

/**
 * One watch of one job: its present moment, then every newer one, through whatever resets the object behind the socket.
 * Moments that nobody has taken yet are kept, but of one status only the latest.
 */
export class JobWatch {
  readonly #connect: Connect;
  readonly #reconnectAfter: readonly number[];
  #socket: WebSocket | null = null;
  readonly #inbox: Moment[] = [];
  /** The revision of the newest moment that came. */
  #revision = 0;
  #over = false;
  #wake: () => void = () => undefined;

  private constructor(connect: Connect, reconnectAfter: readonly number[]) {
    this.#connect = connect;
    this.#reconnectAfter = reconnectAfter;
  }

  /** Begins a watch, or gives null where there is no such job. Throws what `connect` throws. */
  static async open(connect: Connect, reconnectAfter = RECONNECT_AFTER): Promise<JobWatch | null> {
    const socket = await connect();
    if (socket === null) return null;
    const watch = new JobWatch(connect, reconnectAfter);
    watch.#listen(socket);
    return watch;
  }

  /** Nothing more will come: the last moment did, or the watch was closed, or the job could not be reached again. */
  get over(): boolean {
    return this.#over && this.#inbox.length === 0;
  }

  /** The next newer moment; null when none came within `ms`, or none will come. One call at a time. */
  async next(ms: number): Promise<Moment | null> {
    if (this.#inbox.length === 0 && !this.#over) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, Math.max(0, ms));
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    return this.#inbox.shift() ?? null;
  }

  /** Ends the watch, and whoever waits in {@link next}. What has come already may still be taken. */
  close(): void {
    this.#over = true;
    this.#drop()?.close(NORMAL);
    this.#wake();
  }

  #listen(socket: WebSocket): void {
    socket.accept();
    if (this.#over) {
      // Closed while the socket was on its way.
      socket.close(NORMAL);
      return;
    }
    this.#socket = socket;
    socket.addEventListener('message', ({ data }) => {
      if (socket === this.#socket && typeof data === 'string') this.#hear(decodeMoment(data));
    });
    const lost = () => {
      if (socket === this.#socket) void this.#reconnect();
    };
    socket.addEventListener('close', lost);
    socket.addEventListener('error', lost);
  }

  #hear(moment: Moment): void {
    if (moment.revision <= this.#revision) return;
    this.#revision = moment.revision;
    if (this.#inbox.at(-1)?.job.status === moment.job.status) this.#inbox.pop();
    this.#inbox.push(moment);
    if (isLast(moment)) this.close();
    else this.#wake();
  }

  async #reconnect(): Promise<void> {
    this.#drop();
    for (const wait of this.#reconnectAfter) {
      await scheduler.wait(wait);
      if (this.#over) return;
      try {
        const socket = await this.#connect();
        if (socket === null) break;
        this.#listen(socket);
        return;
      } catch (error) {
        log('warn', 'watched_job_unreachable', whatFailed(error));
      }
    }
    this.close();
  }

  /** Lets go of the socket: what it says from now on is not heard. */
  #drop(): WebSocket | null {
    const socket = this.#socket;
    this.#socket = null;
    return socket;
  }
}
