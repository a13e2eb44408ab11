import { benchBars } from './bars.ts';
import { ownContenders } from './contenders.ts';

let contenders: ReturnType<typeof ownContenders> | null = null;

/** Our contenders inside workerd: `/` names them, `/run?name=&times=` runs one. */
export default {
  fetch(request: Request): Response {
    contenders ??= ownContenders(benchBars());
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === '/') return new Response(contenders.map(({ name }) => name).join('\n'));
    const contender = contenders.find(({ name }) => name === searchParams.get('name'));
    let seen = 0;
    for (let time = 0; time < Number(searchParams.get('times')); time++) seen += contender?.run() ?? NaN;
    return new Response(String(seen));
  },
};
