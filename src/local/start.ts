/** `npm start`: the whole service on this machine, with a demo key to try it with. */
import { parseArgs } from 'node:util';
import { sendSigned } from './client.ts';
import { readSavedKey, saveKey } from './credentials.ts';
import { curlCommand } from './curl-command.ts';
import { messageOf } from './errors.ts';
import { onStop } from './lifetime.ts';
import { mintKey } from './operator.ts';
import { DEV_VARS, ROOT, RUNNING } from './paths.ts';
import { firstFreePort } from './ports.ts';
import { findRunning, forgetRunning, noteRunning } from './running.ts';
import { ensureSecrets } from './secrets.ts';
import { Service } from './service.ts';
import type { Credentials } from './wire.ts';

const PORT = '8787';
const ACCOUNT = 'demo';

try {
  await main();
} catch (error) {
  console.error(messageOf(error));
  process.exitCode = 1;
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { port: { type: 'string', default: PORT } } });
  const running = await findRunning(RUNNING);
  if (running !== null) throw new Error(`The service runs already, at ${running}/`);
  const { ADMIN_TOKEN } = ensureSecrets(DEV_VARS);
  console.log('Starting the service ...');
  const service = new Service({ port: await firstFreePort(Number(values.port)), output: 'inherit' });
  const stopping = new AbortController();
  onStop((signal) => {
    stopping.abort();
    void service.stop(signal);
  });
  noteRunning(RUNNING, service.url);
  try {
    await service.ready();
    const key = await demoKey(service.url, ADMIN_TOKEN);
    console.log(welcome(service.url, key));
  } catch (error) {
    await service.stop();
    if (!stopping.signal.aborted) throw error;
  }
  const code = await service.ended;
  forgetRunning(RUNNING);
  process.exitCode = stopping.signal.aborted ? 0 : code;
}

/** The saved demo key if it still works, else a new one. */
async function demoKey(url: string, adminToken: string): Promise<Credentials> {
  const saved = readSavedKey();
  if (saved !== null) {
    const answer = await sendSigned(url, saved, 'GET', '/v1/backtest/jobs?limit=1');
    if (answer.status !== 401 && answer.status !== 403) return saved;
  }
  const key = await mintKey(url, adminToken, ACCOUNT);
  saveKey(key);
  return key;
}

function welcome(url: string, key: Credentials): string {
  return `
PipAI backtests are running on this machine, on generated candles.

  Console     ${url}/
  Reference   ${url}/docs
  API key     ${key.api_key}
  Its secret  in .dev.key.json, with the key

Submit a grid backtest; paste this into another terminal:

${curlCommand(url, ROOT)}

Or use the command line, in this project's directory:

npx pipai list
npx pipai submit --help

Ctrl-C stops everything; jobs and candles stay for the next time.
`;
}
