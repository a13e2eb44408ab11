import { describe, expect, it } from 'vitest';
import { patched } from '../torture/faults/fault.ts';
import { FAULTS } from '../torture/faults/index.ts';
import { patchedSources } from '../torture/faults/plugin.ts';

/** That each is noticed, `npm run torture:faults` shows; here, that it can still be tried. */
describe('the faults that the torture must notice', () => {
  it.each(FAULTS.map((fault) => [fault.name, fault] as const))('"%s" fits the source', (_, fault) => {
    expect(patchedSources(fault).size).toBeGreaterThan(0);
  });

  it('have names of their own', () => {
    expect(new Set(FAULTS.map(({ name }) => name)).size).toBe(FAULTS.length);
  });

  it.each([
    ['no more', 'other', '0 times'],
    ['twice', 'text text', '2 times'],
  ])('are refused where their passage stands there %s', (_, source, times) => {
    const fault = { name: 'any', what: '', edits: [{ file: 'a.ts', old: 'text', new: '' }] };
    const apply = () => patched(fault, 'a.ts', source);
    expect(apply).toThrow(times);
  });
});
