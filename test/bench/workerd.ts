import { build } from 'esbuild';
import { Miniflare, convertV4MiniflareOptions } from 'miniflare';
import { fileURLToPath } from 'node:url';

/** Runs a request, since the clock stands still in a Worker that computes: so many that the request's own way counts little. */
const AT_LEAST_MS = 150;
const WARM_UP_MS = 1000;

/** Contenders inside workerd, each in an isolate of its own. */
export class Workerd {
  readonly #script: string;

  private constructor(script: string) {
    this.#script = script;
  }

  static async prepare(): Promise<Workerd> {
    const entry = fileURLToPath(new URL('worker.ts', import.meta.url).href);
    const bundle = await build({ entryPoints: [entry], bundle: true, format: 'esm', write: false });
    return new Workerd(bundle.outputFiles[0]?.text ?? '');
  }

  /** Milliseconds of one run, so many times. */
  async timed(name: string, runs: number): Promise<number[]> {
    const options = { modules: true, script: this.#script, compatibilityDate: '2026-11-01' };
    const miniflare = new Miniflare(convertV4MiniflareOptions(options));
    const ask = async (times: number) => {
      const began = performance.now();
      const path = `/?name=${encodeURIComponent(name)}&times=${String(times)}`;
      await (await miniflare.dispatchFetch(`http://bench${path}`)).text();
      return performance.now() - began;
    };
    try {
      await ask(1);
      for (let spent = 0; spent < WARM_UP_MS;) spent += await ask(5);
      const times = Math.ceil(AT_LEAST_MS / ((await ask(5)) / 5));
      const samples: number[] = [];
      for (let sample = 0; sample < runs; sample++) samples.push((await ask(times)) / times);
      return samples;
    } finally {
      await miniflare.dispose();
    }
  }
}
