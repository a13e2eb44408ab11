#!/usr/bin/env node
/** `npx pipai`: the service from a terminal. */
import { EXIT } from './exit-codes.ts';
import { processIo } from './io.ts';
import { run, withoutOutput } from './run.ts';

const args = process.argv.slice(2);
const io = processIo();
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // Whoever reads has enough, as `| head` does.
  process.exit(error.code === 'EPIPE' ? EXIT.ok : withoutOutput(args, io, error));
});
process.exitCode = await run(args, io);
