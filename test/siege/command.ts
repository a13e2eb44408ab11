import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { messageOf } from '../../src/local/errors.ts';
import { onStop } from '../../src/local/lifetime.ts';
import { Stage } from '../process/stage.ts';
import type { Counts, Violation } from './checks/violation.ts';

const WRONG_USAGE = 2;
const LARGEST_SEED = 2 ** 32;
/** So many violations are printed one by one. */
const SHOWN = 20;

/** What every siege has to say in the end. */
export interface SiegeFigures {
  readonly counts: Counts;
  readonly violations: readonly Violation[];
  /** Why the figures prove nothing, or null where they do. */
  readonly void: string | null;
}

/** A siege as a command of the terminal. */
export interface Siege<Figures extends SiegeFigures> {
  /** The flag that says how much, and what it is without the flag. */
  readonly count: { readonly flag: string; readonly usual: number; readonly most: number };
  /** Variables of the service. */
  readonly vars: Readonly<Record<string, string>>;
  readonly maxRunningJobs: number;
  /** After so long it is given up, in milliseconds. */
  readonly limitMs: number;
  /** `tell` shows how far it is. */
  readonly run: (stage: Stage, count: number, seed: number, tell: (line: string) => void) => Promise<Figures>;
  /** The figures in lines for people. */
  readonly report: (figures: Figures) => string[];
}

/**
 * Runs a siege on a service and a store of its own, as flags say, and prints the figures; `--json` prints them as one object.
 * The process ends with 1 where anything is wrong, or the figures prove nothing.
 */
export async function besiege<Figures extends SiegeFigures>(siege: Siege<Figures>): Promise<void> {
  const { count, seed, json } = readFlags(siege.count);
  const tell = (line: string) => {
    console.error(line);
  };
  const setting = Object.entries(siege.vars).map(([name, value]) => `${name}=${value}`);
  const setup = `${siege.count.flag} ${String(count)} --seed ${String(seed)} with ${setting.join(' ')}`;
  tell(`${setup}, given up after ${String(siege.limitMs / 60_000)} minutes`);
  const began = performance.now();
  const stage = await Stage.open(siege.vars, siege.maxRunningJobs);
  try {
    const figures = await Promise.race([siege.run(stage, count, seed, tell), givenUp(siege.limitMs)]);
    const seconds = Math.round((performance.now() - began) / 100) / 10;
    if (json) console.log(JSON.stringify({ seed, seconds, vars: siege.vars, ...figures }));
    else console.log([...siege.report(figures), `${String(seconds)} s for ${setup}`].join('\n'));
    for (const { kind, job, text } of figures.violations.slice(0, SHOWN)) tell(`${kind} ${job}: ${text}`);
    if (figures.void !== null) tell(`This proves nothing: ${figures.void}`);
    process.exitCode = figures.violations.length === 0 && figures.void === null ? 0 : 1;
  } catch (error) {
    tell(`Failed: ${messageOf(error)}\n${stage.log}`);
    process.exitCode = 1;
  } finally {
    await stage.close();
  }
  // What is still under way after a failure must not keep this process.
  process.exit();
}

function givenUp(afterMs: number): Promise<never> {
  return new Promise((_, reject) => {
    onStop((signal) => {
      reject(new Error(`Interrupted by ${signal}.`));
    });
    setTimeout(() => {
      reject(new Error(`Given up after ${String(afterMs / 60_000)} minutes.`));
    }, afterMs).unref();
  });
}

function readFlags({ flag, usual, most }: Siege<SiegeFigures>['count']) {
  const name = flag.replace(/^--/, '');
  const options = {
    [name]: { type: 'string' },
    seed: { type: 'string' },
    json: { type: 'boolean' },
  } as const;
  try {
    const { values } = parseArgs({ options });
    const seed = Math.floor(Math.random() * LARGEST_SEED);
    return {
      count: wholeNumber(flag, values[name] ?? usual, 1, most),
      seed: wholeNumber('--seed', values.seed ?? seed, 0, LARGEST_SEED - 1),
      json: values.json === true,
    };
  } catch (error) {
    console.error(`${messageOf(error)}\nFlags: ${flag} N, --seed N, --json.`);
    process.exit(WRONG_USAGE);
  }
}

function wholeNumber(flag: string, value: unknown, least: number, most: number): number {
  const number = /^\d+$/.test(String(value)) ? Number(value) : NaN;
  if (number >= least && number <= most) return number;
  throw new RangeError(`${flag} is a whole number from ${String(least)} to ${String(most)}.`);
}
