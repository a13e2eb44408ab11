/**
 * Runs wrangler and leads its process group, so that one signal reaches wrangler, its bundler and workerd alike.
 * Standard input is a pipe from whoever started this: when that process is gone, however it died, the group goes too.
 */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { ROOT } from './paths.ts';

const FAILED = 1;
const SIGNALLED = 128;

const wrangler = spawn(
  process.execPath,
  [`${ROOT}node_modules/wrangler/bin/wrangler.js`, ...process.argv.slice(2)],
  { stdio: ['ignore', 'inherit', 'inherit'] },
);
wrangler.once('error', (error) => {
  console.error('wrangler could not be started.', error);
  process.exit(FAILED);
});
wrangler.once('exit', (code, signal) => {
  process.exit(code ?? (signal === null ? FAILED : SIGNALLED + constants.signals[signal]));
});

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  // The whole group gets it; this process waits for wrangler to end, and ends with its code.
  process.on(signal, () => undefined);
}
process.stdin.once('close', () => {
  process.kill(-process.pid, 'SIGKILL');
});
process.stdin.resume();
