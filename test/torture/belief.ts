import { Violation, hold } from './invariants.ts';
import type { Seen } from './seen.ts';
import type { Platform, World } from './model/world.ts';
import { afterCalls, afterCrash, recognized, text, type Exchange } from './worlds.ts';

/** Which worlds the service may be in, as its answers come in and its storage is looked at. */
export class Belief {
  #worlds: World[];

  constructor(world: World) {
    this.#worlds = [world];
  }

  /** Hears what calls made at once were answered. @throws Violation where no order of them is answered so. */
  hear(exchanges: readonly Exchange[]): void {
    this.#take(exchanges, afterCalls(this.#worlds, exchanges));
  }

  /** Hears what a call was answered during which an object died. @throws Violation */
  hearCrash(exchange: Exchange): void {
    this.#take([exchange], afterCrash(this.#worlds, exchange));
  }

  /** Compares what is stored with what may be. @throws Violation */
  see(seen: Seen): void {
    const { worlds, departure } = recognized(this.#worlds, seen);
    if (worlds.length === 0) throw new Violation('state', departure ?? 'no world is left');
    this.#worlds = worlds;
  }

  /** Something is otherwise in all worlds: the time, or the platform. */
  set(change: { now: number } | { platform: Platform }): void {
    this.#worlds = this.#worlds.map((world) => ({ ...world, ...change }));
  }

  #take(exchanges: readonly Exchange[], worlds: World[]): void {
    const told = () => `${text(exchanges)} of ${text(this.#worlds[0])}`;
    hold(exchanges.length > 1 ? 'order' : 'answer', worlds.length > 0, told);
    this.#worlds = worlds;
  }
}
