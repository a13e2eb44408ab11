import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { hasCode } from './errors.ts';
import { ROOT } from './paths.ts';
import { until } from './poll.ts';

/** Wrangler without telemetry, update checks, prompts, log files, or anything else that leaves this machine or this directory. */
const OFFLINE = {
  WRANGLER_SEND_METRICS: 'false',
  WRANGLER_SEND_ERROR_REPORTS: 'false',
  DO_NOT_TRACK: '1',
  WRANGLER_HIDE_BANNER: 'true',
  WRANGLER_NO_SKILLS_UPDATE_PROMPTS: 'true',
  WRANGLER_WRITE_LOGS: 'false',
  WRANGLER_REGISTRY_PATH: `${ROOT}.wrangler/registry`,
  CLOUDFLARE_CF_FETCH_ENABLED: 'false',
};
/** What we would rather have, unless the user's environment says otherwise: recording every request halves the speed. */
const PREFERRED = { X_LOCAL_OBSERVABILITY: 'false' };

const GUARD = fileURLToPath(new URL('./guard.ts', import.meta.url).href);
const FAILED = 1;
const GONE_WITHIN_MS = 5000;

/** A running `wrangler` with everything it has started, as one process group. */
export interface WranglerGroup {
  /** The leader, and so the number of the group. */
  readonly pid: number;
  /** Standard output and error, where they are not inherited. */
  readonly output: readonly NodeJS.ReadableStream[];
  /** Resolves with wrangler's exit code when no process of the group is left. */
  readonly ended: Promise<number>;
  /** Signals every process of the group; does nothing when it is gone. */
  signal(signal: NodeJS.Signals): void;
}

/**
 * Starts wrangler in a process group of its own, which does not outlive this process.
 * @param args what follows `wrangler` on the command line.
 */
export function startWrangler(args: readonly string[], output: 'inherit' | 'pipe'): WranglerGroup {
  const guard = spawn(process.execPath, [GUARD, ...args], {
    cwd: ROOT,
    detached: true,
    env: { ...PREFERRED, ...process.env, ...OFFLINE },
    stdio: ['pipe', output, output],
  });
  const { pid } = guard;
  if (pid === undefined) throw new Error('The process that guards wrangler could not be started.');
  const signal = (name: NodeJS.Signals) => {
    signalGroup(pid, name);
  };
  return {
    pid,
    output: [guard.stdout, guard.stderr].filter((stream) => stream !== null),
    ended: endOf(guard, pid),
    signal,
  };
}

async function endOf(guard: ChildProcess, pid: number): Promise<number> {
  const code = await new Promise<number>((resolve) => {
    guard.once('error', () => {
      resolve(FAILED);
    });
    guard.once('exit', (exitCode) => {
      resolve(exitCode ?? FAILED);
    });
  });
  signalGroup(pid, 'SIGKILL');
  await until(() => (signalGroup(pid, 0) ? null : true), {
    what: `the processes of group ${String(pid)} to be gone`,
    atMostMs: GONE_WITHIN_MS,
    everyMs: 10,
  });
  return code;
}

/** False where no process of the group is left. Signal 0 only asks. */
function signalGroup(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-pid, signal);
    return true;
  } catch (error) {
    if (hasCode(error, 'ESRCH')) return false;
    throw error;
  }
}
