import { contenderOf } from './all.ts';
import { benchBars } from './bars.ts';
import type { Prepared } from './contenders.ts';
import { repeated } from './measure.ts';

let prepared: Prepared | null = null;

/** A contender inside workerd: `?name=&times=` runs it, and answers what came of that. A worker is asked for one of them only. */
export default {
  fetch(request: Request): Response {
    const { searchParams } = new URL(request.url);
    prepared ??= contenderOf(searchParams.get('name')).prepare(benchBars());
    return Response.json(repeated(prepared, Number(searchParams.get('times'))));
  },
};
