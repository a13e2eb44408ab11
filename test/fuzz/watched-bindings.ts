/** Naming an object is no call. */
const NAMING = ['idFromName', 'idFromString'];
const PARTS = ['ACCOUNT', 'BACKTEST_JOB', 'CANDLES', 'RESULTS', 'DISPATCH'] as const;
/** A part of the service behind its Worker. */
export type Part = (typeof PARTS)[number];

/** The bindings of a Worker, and which parts were reached through them, each time by name. */
export function watchedBindings(env: Cloudflare.Env): { bindings: Cloudflare.Env; reached: Part[] } {
  const reached: Part[] = [];
  const watched = Object.fromEntries(PARTS.map((part) => [part, watch(env[part], () => reached.push(part))]));
  return { bindings: { ...env, ...watched }, reached };
}

function watch<Binding extends object>(binding: Binding, onReach: () => void): Binding {
  return new Proxy(binding, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      return (...args: unknown[]): unknown => {
        if (!NAMING.includes(String(name))) onReach();
        return Reflect.apply(member, target, args);
      };
    },
  });
}
