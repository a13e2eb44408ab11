import fc from 'fast-check';
import { changed, sizeOf, textOf, treeOf, type Node } from '../json-text.ts';
import { hostileJson } from './hostile.ts';
import { limits } from './schema.ts';

/** One change to a JSON text that was right. */
type Mutation =
  | { do: 'replace'; at: number; text: string }
  | { do: 'remove' | 'wrap' | 'twice'; at: number }
  | { do: 'add'; at: number; name: string };

const LONGEST = 3000;
const UNKNOWN_NAMES = [
  'surprise',
  '',
  '__proto__',
  'constructor',
  'id',
  'status',
  'Capital',
  'a.b',
  '\0',
  '\ud800',
];

const all = limits();
/** At the limits of the document: numbers, texts so long, lists so long. */
const atTheLimit: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...all).map(String),
  fc.constantFrom(...all.filter((limit) => limit >= 0 && limit <= LONGEST)).chain((length) =>
    fc.constantFrom(
      // Characters of one and of two units: what is counted shows.
      JSON.stringify('x'.repeat(length)),
      JSON.stringify('😀'.repeat(length)),
      JSON.stringify(Array.from({ length }, (_, index) => `S${String(index)}`)),
      JSON.stringify(Object.fromEntries(Array.from({ length }, (_, index) => [`m${String(index)}`, 1]))),
    ),
  ),
);

const at = fc.nat(200);
const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('replace' as const),
      at,
      text: fc.oneof({ weight: 2, arbitrary: hostileJson }, { weight: 1, arbitrary: atTheLimit }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constantFrom('remove' as const, 'wrap' as const, 'twice' as const), at }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('add' as const), at, name: fc.constantFrom(...UNKNOWN_NAMES) }),
  },
);

/** JSON texts of these values, with a few changes; without any where `least` is 0 and chance wants it. */
export function mutated(values: fc.Arbitrary<unknown>, least: number): fc.Arbitrary<string> {
  return fc
    .tuple(values, fc.array(mutation, { minLength: least, maxLength: 3 }))
    .map(([value, mutations]) => textOf(mutations.reduce(apply, treeOf(value))));
}

/** The place counts round and round, so that every number is one. */
function apply(tree: Node, mutation: Mutation): Node {
  return changed(tree, mutation.at % sizeOf(tree), (node) => change(node, mutation)) ?? { raw: '' };
}

function change(node: Node, mutation: Mutation): Node | null {
  switch (mutation.do) {
    case 'replace':
      return { raw: mutation.text };
    case 'remove':
      return null;
    case 'wrap':
      return { list: [node] };
    case 'twice':
      if ('list' in node) return { list: [...node.list, ...node.list] };
      return 'members' in node ? { members: [...node.members, ...node.members] } : { list: [node, node] };
    case 'add':
      return 'members' in node ? { members: [...node.members, [mutation.name, { raw: '1' }]] } : node;
  }
}
