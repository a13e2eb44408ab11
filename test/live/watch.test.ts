import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { JobWatch } from '../../src/live/watch.ts';
import { moment } from '../support/moments.ts';

/** The watch against sockets of our own: what the service's object does not do at a test's bidding. */

const LONG = 5000;

function message(...at: Parameters<typeof moment>): string {
  return JSON.stringify(moment(...at));
}

/** An object that hands out sockets; `ends` are its own ends of them, in order. */
function fakeObject() {
  const ends: WebSocket[] = [];
  const connect = vi.fn(() => {
    const { 0: theirs, 1: ours } = new WebSocketPair();
    ours.accept();
    ends.push(ours);
    return Promise.resolve<WebSocket | null>(theirs);
  });
  return { ends, connect };
}

async function opened(connect: () => Promise<WebSocket | null>, waits?: number[]): Promise<JobWatch> {
  const watch = await JobWatch.open(connect, waits);
  if (watch === null) throw new Error('there is no such job');
  onTestFinished(() => {
    watch.close();
  });
  return watch;
}

describe('a watch', () => {
  it('gives only what is newer than what it gave, also over a new socket', async () => {
    const { ends, connect } = fakeObject();
    const watch = await opened(connect);
    ends[0]?.send(message(4, 'queued'));
    expect((await watch.next(LONG))?.revision).toBe(4);
    ends[0]?.close(1012);
    await vi.waitUntil(() => ends.length === 2);
    for (const revision of [3, 4, 5]) ends[1]?.send(message(revision, 'running'));
    expect((await watch.next(LONG))?.revision).toBe(5);
    expect(await watch.next(20)).toBeNull();
    expect(watch.over).toBe(false);
  });

  it('keeps every change of status for a slow listener, but only the latest progress', async () => {
    const { ends, connect } = fakeObject();
    const watch = await opened(connect);
    ends[0]?.send(message(1, 'queued'));
    for (let beat = 1; beat <= 500; beat++) ends[0]?.send(message(1 + beat, 'running', beat / 1000));
    ends[0]?.send(message(502, 'queued'));
    ends[0]?.send(message(503, 'cancelled'));
    await vi.waitUntil(() => ends[0]?.readyState === WebSocket.CLOSED);
    const revisions: unknown[] = [];
    while (!watch.over) revisions.push((await watch.next(LONG))?.revision);
    expect(revisions).toEqual([1, 501, 502, 503]);
  });

  it('connects again as often as it takes, within its tries', async () => {
    const warn = vi.spyOn(console, 'warn').mockReturnValue();
    onTestFinished(() => {
      warn.mockRestore();
    });
    const { ends, connect } = fakeObject();
    const watch = await opened(connect, [1, 1, 1]);
    connect.mockRejectedValueOnce(new Error('reset')).mockRejectedValueOnce(new Error('reset'));
    ends[0]?.close(1012);
    await vi.waitUntil(() => ends.length === 2);
    ends[1]?.send(message(1, 'queued'));
    expect((await watch.next(LONG))?.revision).toBe(1);
    expect(warn).toHaveBeenCalledTimes(2);
  });

  it('is over where the job cannot be reached again', async () => {
    const warn = vi.spyOn(console, 'warn').mockReturnValue();
    onTestFinished(() => {
      warn.mockRestore();
    });
    const { ends, connect } = fakeObject();
    const watch = await opened(connect, [1, 1]);
    connect.mockRejectedValue(new Error('down'));
    const waiting = watch.next(LONG);
    ends[0]?.close(1012);
    expect(await waiting).toBeNull();
    expect([watch.over, connect.mock.calls.length]).toEqual([true, 3]);
  });

  it('is over where the job is no more', async () => {
    const { ends, connect } = fakeObject();
    const watch = await opened(connect);
    connect.mockResolvedValue(null);
    ends[0]?.close(1012);
    expect(await watch.next(LONG)).toBeNull();
    expect([watch.over, connect.mock.calls.length]).toEqual([true, 2]);
  });

  it('closed while a new socket is on its way leaves none open', async () => {
    const { ends, connect } = fakeObject();
    const watch = await opened(connect, [1]);
    const { 0: theirs, 1: ours } = new WebSocketPair();
    ours.accept();
    const socket = Promise.withResolvers<WebSocket | null>();
    connect.mockReturnValueOnce(socket.promise);
    ends[0]?.close(1012);
    await vi.waitUntil(() => connect.mock.calls.length === 2);
    watch.close();
    socket.resolve(theirs);
    await vi.waitUntil(() => ours.readyState === WebSocket.CLOSED);
    expect(watch.over).toBe(true);
  });

  it('of a job that is not there is none', async () => {
    expect(await JobWatch.open(() => Promise.resolve(null))).toBeNull();
  });
});
