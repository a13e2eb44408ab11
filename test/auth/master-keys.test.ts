import { describe, expect, test } from 'vitest';
import { readMasterKeys } from '../../src/auth/master-keys.ts';

const TEXT = 'a text that no message may give away';

/** The keys that stand, as pairs of version and text, and the version of new ones. */
function read(env: object) {
  const { newest, byVersion } = readMasterKeys(env);
  return { newest: newest.version, keys: [...byVersion].map(([version, { text }]) => [version, text]) };
}

test('MASTER_KEY alone is version 1, whatever its text', () => {
  for (const text of ['x', ' ', '2:x', '{"2":"x"}', 'grün,rot\nblau'])
    expect(read({ MASTER_KEY: text })).toEqual({ newest: '1', keys: [['1', text]] });
});

test('several stand at a time, and new keys are of the highest, however the bindings are ordered', () => {
  const env = { MASTER_KEY_10: 'j', OTHER: 'o', MASTER_KEY: 'a', MASTER_KEY_9: 'i', MASTER_KEY_9999: 'z' };
  for (const order of [Object.entries(env), Object.entries(env).reverse()]) {
    const { newest, keys } = read(Object.fromEntries(order));
    expect(newest).toBe('9999');
    expect(new Map(keys.map(([version, text]) => [version, text]))).toEqual(
      new Map([
        ['1', 'a'],
        ['9', 'i'],
        ['10', 'j'],
        ['9999', 'z'],
      ]),
    );
  }
  expect(read({ MASTER_KEY_9: 'i', MASTER_KEY_10: 'j' }).newest).toBe('10');
});

test('a removed version is gone, be it the first or the newest', () => {
  expect(read({ MASTER_KEY_2: 'b' })).toEqual({ newest: '2', keys: [['2', 'b']] });
  expect(read({ MASTER_KEY: 'a' })).toEqual({ newest: '1', keys: [['1', 'a']] });
});

test('none at all is an error that names the secret to set', () => {
  for (const env of [{}, { ADMIN_TOKEN: TEXT, MY_MASTER_KEY: TEXT, master_key: TEXT }])
    expect(() => readMasterKeys(env)).toThrow('The secret MASTER_KEY is not set.');
});

describe('a setting that does not fit is refused by name, never by value', () => {
  test.each([
    'MASTER_KEY_',
    'MASTER_KEY_0',
    'MASTER_KEY_1',
    'MASTER_KEY_02',
    'MASTER_KEY_10000',
    'MASTER_KEY_2_',
    'MASTER_KEY_-2',
    'MASTER_KEY_2.5',
    'MASTER_KEY_two',
    'MASTER_KEY_OLD',
    'MASTER_KEY_2\n',
    'MASTER_KEY2',
    'MASTER_KEYS',
  ])('the name %j', (name) => {
    const read = () => readMasterKeys({ MASTER_KEY: 'a', MASTER_KEY_2: 'b', [name]: TEXT });
    expect(read).toThrow(
      `${name} names no version: later keys are MASTER_KEY_2, MASTER_KEY_3 and so on to 9999.`,
    );
    expect(read).not.toThrow(TEXT);
  });

  test.each(['MASTER_KEY', 'MASTER_KEY_2'])('no text in %s', (name) => {
    for (const value of ['', undefined, null, 2, true, { text: TEXT }]) {
      const read = () => readMasterKeys({ MASTER_KEY: 'a', MASTER_KEY_2: 'b', [name]: value });
      expect(read).toThrow(`${name} holds no text: set it, or delete it.`);
      expect(read).not.toThrow(TEXT);
    }
  });

  test('all of them at once', () => {
    expect(() => readMasterKeys({ MASTER_KEY: '', MASTER_KEY_2: 'b', MASTER_KEY_03: TEXT })).toThrow(
      /MASTER_KEY holds no text.*MASTER_KEY_03 names no version/,
    );
  });
});
