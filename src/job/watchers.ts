import { isFinal } from './machine.ts';
import { encodeMoment } from './moment.ts';
import type { JobRecord } from './record.ts';

/** Close code of a socket with nothing more to come (RFC 6455). */
const NORMAL = 1000;

/**
 * Who watches a job: hibernatable WebSockets, so that the object may sleep while they stay open.
 * Nothing here throws for the sake of a watcher: a transition must not fail because somebody looks on.
 */
export class Watchers {
  readonly #ctx: DurableObjectState;
  /** The last revision all were told in this life of the object; after a sleep one may be told twice. */
  #told = 0;

  constructor(ctx: DurableObjectState) {
    this.#ctx = ctx;
  }

  /** Takes in a watcher, and gives the answer that hands it its end. `present`, where given, is told at once. */
  accept(present: JobRecord | null): Response {
    const { 0: theirs, 1: ours } = new WebSocketPair();
    this.#ctx.acceptWebSocket(ours);
    if (present !== null) tell(ours, present);
    return new Response(null, { status: 101, webSocket: theirs });
  }

  /** Tells everybody how the job is now, unless they know; says goodbye after a final state. */
  tell(job: JobRecord): void {
    if (job.revision <= this.#told) return;
    this.#told = job.revision;
    for (const socket of this.#ctx.getWebSockets()) tell(socket, job);
  }
}

function tell(socket: WebSocket, job: JobRecord): void {
  try {
    socket.send(encodeMoment(job));
    if (isFinal(job.state.status)) socket.close(NORMAL);
  } catch {
    // It is closing or gone. Whoever is behind it connects again.
  }
}
