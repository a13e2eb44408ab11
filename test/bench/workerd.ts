import { build } from 'esbuild';
import { Miniflare, convertV4MiniflareOptions } from 'miniflare';
import { fileURLToPath } from 'node:url';
import { agreed, found, type Found, type Sample } from './measure.ts';

/** Runs a request, since the clock stands still in a Worker that computes: so many that the request's own way counts little. */
const AT_LEAST_MS = 150;

/** Contenders inside workerd, each in an isolate of its own. */
export class Workerd {
  readonly #script: string;

  private constructor(script: string) {
    this.#script = script;
  }

  /**
   * Takes the peers' ES modules: of others, each use of a name would go through getters of the bundler, which takes indicatorts three
   * times as long. grademark and what it needs ask for modules of Node's, which this makes imports of.
   */
  static async prepare(): Promise<Workerd> {
    const bundle = await build({
      entryPoints: [fileURLToPath(new URL('worker.ts', import.meta.url).href)],
      bundle: true,
      format: 'esm',
      platform: 'node',
      mainFields: ['module', 'main'],
      banner: { js: "import { createRequire } from 'node:module';\nconst require = createRequire('/');" },
      write: false,
    });
    return new Workerd(bundle.outputFiles[0]?.text ?? '');
  }

  /**
   * So many times the milliseconds of one run, and what came of them.
   * @param warmUpMs so long come others before.
   * @throws Error where a run comes to something else than another.
   */
  async timed(name: string, runs: number, warmUpMs: number): Promise<Sample> {
    const miniflare = new Miniflare(
      convertV4MiniflareOptions({
        modules: true,
        script: this.#script,
        compatibilityDate: '2026-11-01',
        compatibilityFlags: ['nodejs_compat'],
      }),
    );
    const outcomes: Found[] = [];
    /** Milliseconds of one of so many runs. */
    const ask = async (times: number) => {
      const began = performance.now();
      const path = `/?name=${encodeURIComponent(name)}&times=${String(times)}`;
      const answer = await miniflare.dispatchFetch(`http://bench${path}`);
      const text = await answer.text();
      const took = performance.now() - began;
      if (!answer.ok) throw new Error(`${name} failed in workerd: ${text}`);
      outcomes.push(found.parse(JSON.parse(text)));
      return took / times;
    };
    try {
      await ask(1);
      const began = performance.now();
      let one = await ask(5);
      while (performance.now() - began < warmUpMs) one = await ask(5);
      const times: number[] = [];
      for (let sample = 0; sample < runs; sample++) times.push(await ask(Math.ceil(AT_LEAST_MS / one)));
      return { times, found: agreed(outcomes) };
    } finally {
      await miniflare.dispose();
    }
  }
}
