import { expect, it } from 'vitest';
import type { JobStatus } from '../../../src/client/index.ts';
import { Recovery } from './recovery.ts';

function look(id: string, status: JobStatus, progress = 0) {
  return { id, status, progress };
}

it('tells when the first of the interrupted jobs moves, and when all are final', () => {
  const recovery = new Recovery();
  recovery.look([look('a', 'running', 0.5), look('b', 'queued'), look('c', 'done', 1)], 10);
  expect(recovery.figures).toEqual({ interrupted: 2, movedMs: null, finalMs: null });
  // As it was, queued anew, and cancelled: nobody works on any of them.
  recovery.look([look('a', 'running', 0.5), look('b', 'queued'), look('c', 'done', 1)], 20);
  recovery.look([look('a', 'queued'), look('b', 'cancelled'), look('c', 'done', 1)], 30);
  expect(recovery.figures.movedMs).toBeNull();
  recovery.look([look('a', 'running', 0), look('b', 'cancelled'), look('c', 'done', 1)], 40);
  expect(recovery.figures).toEqual({ interrupted: 2, movedMs: 40, finalMs: null });
  expect(recovery.isOver).toBe(false);
  recovery.look([look('a', 'done', 1), look('b', 'cancelled'), look('c', 'done', 1)], 50);
  expect(recovery.figures).toEqual({ interrupted: 2, movedMs: 40, finalMs: 50 });
  expect(recovery.isOver).toBe(true);
});

it('takes a new attempt that was not seen queued for one', () => {
  const recovery = new Recovery();
  recovery.look([look('a', 'running', 0.5)], 10);
  recovery.look([look('a', 'running', 0.1)], 20);
  expect(recovery.figures.movedMs).toBe(20);
});

it('waits for nothing where nothing was interrupted', () => {
  const recovery = new Recovery();
  recovery.look([look('a', 'done', 1)], 10);
  expect(recovery.isOver).toBe(true);
  expect(recovery.figures).toEqual({ interrupted: 0, movedMs: null, finalMs: null });
});
