import { describe, expect, it } from 'vitest';
import type { Moment } from '../../src/job/moment.ts';
import { Pacer } from '../../src/live/pacer.ts';
import { moment } from '../support/moments.ts';

const GAP = 250;

/** Offers each moment at its time, and says what is told when, up to `until`, by who looks every millisecond. */
function told(offers: [at: number, moment: Moment][], until: number): [at: number, revision: number][] {
  const pacer = new Pacer(GAP);
  const events: [number, number][] = [];
  const look = (now: number) => {
    const taken = pacer.take(now);
    if (taken !== null) events.push([now, taken.revision]);
  };
  for (let now = 0; now <= until; now++) {
    for (const [at, each] of offers) {
      if (at !== now) continue;
      pacer.offer(each);
      look(now);
    }
    look(now);
  }
  return events;
}

describe('a pacer', () => {
  it('has nothing to tell at first', () => {
    const pacer = new Pacer(GAP);
    expect([pacer.take(0), pacer.dueAt, pacer.ended]).toEqual([null, Infinity, false]);
  });

  it('tells changes of status at once, however close', () => {
    const offers: [number, Moment][] = [
      [0, moment(1, 'queued')],
      [1, moment(2, 'running')],
      [1, moment(3, 'queued')],
      [2, moment(4, 'running')],
      [3, moment(5, 'done', 1)],
    ];
    expect(told(offers, 10)).toEqual([
      [0, 1],
      [1, 2],
      [1, 3],
      [2, 4],
      [3, 5],
    ]);
  });

  it('tells progress four times a second, the latest each time, and the last one when its turn comes', () => {
    const beats = Array.from({ length: 100 }, (_, n): [number, Moment] => [
      10 * n,
      moment(n + 1, 'running', n / 100),
    ]);
    expect(told(beats, 2000)).toEqual([
      [0, 1],
      [250, 26],
      [500, 51],
      [750, 76],
      [1000, 100],
    ]);
  });

  it('tells progress that comes after a pause at once', () => {
    const offers: [number, Moment][] = [
      [0, moment(1, 'running')],
      [400, moment(2, 'running', 0.5)],
    ];
    expect(told(offers, 1000)).toEqual([
      [0, 1],
      [400, 2],
    ]);
  });

  it('drops progress that a change of status overtakes', () => {
    const offers: [number, Moment][] = [
      [0, moment(1, 'running')],
      [5, moment(2, 'running', 0.5)],
      [6, moment(3, 'cancelled', 0.5)],
    ];
    expect(told(offers, 1000)).toEqual([
      [0, 1],
      [6, 3],
    ]);
  });

  it('says when it wants to be asked again', () => {
    const pacer = new Pacer(GAP);
    pacer.offer(moment(1, 'running'));
    expect(pacer.dueAt).toBe(-Infinity);
    pacer.take(1000);
    expect(pacer.dueAt).toBe(Infinity);
    pacer.offer(moment(2, 'running', 0.5));
    expect([pacer.dueAt, pacer.take(1249)]).toEqual([1250, null]);
    expect(pacer.take(1250)?.revision).toBe(2);
  });

  it('ends with the final state, once that was told', () => {
    const pacer = new Pacer(GAP);
    pacer.offer(moment(1, 'failed'));
    expect(pacer.ended).toBe(false);
    pacer.take(0);
    expect(pacer.ended).toBe(true);
  });

  it('tells nothing of what the listener knows, but at once what comes after', () => {
    const pacer = new Pacer(GAP);
    pacer.skip(moment(7, 'running', 0.5));
    expect([pacer.take(0), pacer.ended]).toEqual([null, false]);
    pacer.offer(moment(8, 'running', 0.6));
    expect(pacer.take(0)?.revision).toBe(8);
  });

  it('ends at once where the listener knows the final state', () => {
    const pacer = new Pacer(GAP);
    pacer.skip(moment(7, 'done', 1));
    expect([pacer.take(0), pacer.ended]).toEqual([null, true]);
  });
});
