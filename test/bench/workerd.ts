import { build } from 'esbuild';
import { Miniflare, convertV4MiniflareOptions } from 'miniflare';
import { fileURLToPath } from 'node:url';
import { median } from './measure.ts';

/** Runs a request, since the clock stands still in a Worker that computes: so many that the request's own way counts little. */
const AT_LEAST_MS = 150;

/** Milliseconds of one run of each of our contenders inside workerd, by name. */
export async function inWorkerd(runs: number): Promise<Map<string, number>> {
  const entry = fileURLToPath(new URL('worker.ts', import.meta.url).href);
  const bundle = await build({ entryPoints: [entry], bundle: true, format: 'esm', write: false });
  const script = bundle.outputFiles[0]?.text ?? '';
  const options = { modules: true, script, compatibilityDate: '2026-11-01' };
  const miniflare = new Miniflare(convertV4MiniflareOptions(options));
  try {
    const ask = async (path: string) => {
      const began = performance.now();
      const text = await (await miniflare.dispatchFetch(`http://bench${path}`)).text();
      return { text, ms: performance.now() - began };
    };
    const names = (await ask('/')).text.split('\n');
    const figures = new Map<string, number>();
    for (const name of names) {
      const path = `/run?name=${encodeURIComponent(name)}`;
      await ask(`${path}&times=5`);
      const once = (await ask(`${path}&times=1`)).ms;
      const times = Math.ceil(AT_LEAST_MS / once);
      const samples: number[] = [];
      for (let sample = 0; sample < runs; sample++)
        samples.push((await ask(`${path}&times=${String(times)}`)).ms / times);
      figures.set(name, median(samples));
    }
    return figures;
  } finally {
    await miniflare.dispose();
  }
}
