/** `npm run dev -- <wrangler dev flags>`: `wrangler dev` with local secrets, quiet, and without leftovers. */
import { onStop, stopWrangler } from './lifetime.ts';
import { DEV_VARS } from './paths.ts';
import { ensureSecrets } from './secrets.ts';
import { startWrangler } from './wrangler.ts';

const flags = process.argv.slice(2);
// A port that two services would race for, unless somebody wants to attach a debugger.
const hasInspectorPort = flags.some((flag) => /^--inspector-?port(=|$)/i.test(flag));
const inspector = hasInspectorPort ? [] : ['--inspector-port', '0'];

// Read by wrangler itself; a `--var` of the same name wins over it.
ensureSecrets(DEV_VARS);
const wrangler = startWrangler(['dev', ...inspector, ...flags], 'inherit');
onStop((signal) => {
  void stopWrangler(wrangler, signal);
});
process.exitCode = await wrangler.ended;
