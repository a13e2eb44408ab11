import type { Exchange } from '../support/contract.ts';
import { changesBetween, faultsOf, mustChangeNothing, type State } from './checkers.ts';
import type { Shot } from './shot.ts';
import { World, type Ground } from './world.ts';

/** A world is left after so many shots: what it has gathered by then makes looking at it slow. */
const SHOTS_A_WORLD = 200;

/** A shot that was answered, and what is wrong with that; nothing where the list is empty. */
export interface Hit {
  exchange: Exchange;
  faults: string[];
}

/** What answers are held to. */
export interface Rules {
  /** What is wrong with an answer as such. */
  faultsOf: (exchange: Exchange) => string[];
  /** Whether everything must be as it was before. */
  mustChangeNothing: (exchange: Exchange) => boolean;
}

/** Where shots are fired, one after the other, each at a world like the one before. */
export class Range {
  readonly #ground: Ground;
  readonly #rules: Rules;
  #world: World | null = null;
  #state: State = new Map();
  #fired = 0;

  constructor(ground: Ground, rules: Rules = { faultsOf, mustChangeNothing }) {
    this.#ground = ground;
    this.#rules = rules;
  }

  async fire(shot: Shot): Promise<Hit> {
    const world = await this.#prepared();
    const exchange = await world.fire(shot);
    const after = await world.look();
    const changes = changesBetween(this.#state, after);
    const wrong = this.#rules.mustChangeNothing(exchange)
      ? changes.map((change) => `changed by this: ${change}`)
      : [];
    this.#state = changes.length === 0 ? after : await world.renew(this.#state, after);
    return { exchange, faults: [...this.#rules.faultsOf(exchange), ...wrong] };
  }

  async #prepared(): Promise<World> {
    if (this.#world === null || this.#fired % SHOTS_A_WORLD === 0) {
      this.#world = await World.make(this.#ground, `w${String(this.#fired / SHOTS_A_WORLD)}`);
      this.#state = await this.#world.look();
    }
    this.#fired += 1;
    return this.#world;
  }
}
