/** `npm run client:build`: the client as a package without dependencies, in `dist/client`. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { format } from 'prettier';
import { z } from 'zod';
import { CLIENT_DIST, ROOT } from '../paths.ts';
import { declarations } from './declarations.ts';

const ENTRY = `${ROOT}src/client/index.ts`;

const { positionals } = parseArgs({ allowPositionals: true });
const directory = positionals[0] ?? CLIENT_DIST;
rmSync(directory, { recursive: true, force: true });
mkdirSync(directory, { recursive: true });
await build({
  entryPoints: [ENTRY],
  outfile: join(directory, 'client.js'),
  bundle: true,
  minify: true,
  format: 'esm',
  platform: 'browser',
  target: 'es2022',
  logLevel: 'warning',
});
writeFileSync(join(directory, 'client.d.ts'), await format(declarations(ENTRY), { parser: 'typescript' }));
writeFileSync(join(directory, 'package.json'), `${JSON.stringify(manifest(), null, 2)}\n`);
console.log(`Built: npm install ${directory}`);

/** The package has the name it has in the checkout, so that what imports it there works elsewhere. */
function manifest() {
  const about = z.object({ name: z.string(), version: z.string(), description: z.string() });
  return {
    ...about.parse(JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8'))),
    private: true,
    type: 'module',
    exports: { './client': { types: './client.d.ts', default: './client.js' } },
  };
}
