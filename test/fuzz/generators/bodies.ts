import fc from 'fast-check';
import type { DocumentedOperation } from '../../support/api-document.ts';
import type { ShotBody } from '../shot.ts';
import { headerText } from './hostile.ts';
import { mutated } from './mutation.ts';
import { valuesOf } from './schema.ts';

/** A lease as the job knows it. */
const LEASE = '{lease}';
/** Bytes that most bodies may have. */
const SIZE_LIMIT = 64 * 1024;

/** A body, how it was made, and what it is said to be. */
interface DocumentedBody {
  kind: string;
  type: string | null;
  body: ShotBody | null;
}

/** Bodies for an operation: as its examples and its schema have them, and changed a little; none where it takes none. */
export function bodies(operation: DocumentedOperation): fc.Arbitrary<DocumentedBody> {
  const [[type, content] = []] = Object.entries(operation.requestBody?.content ?? {});
  if (type === undefined || content === undefined)
    return fc.constant({ kind: 'no body', type: null, body: null });
  const examples = Object.values(content.examples).map(({ value }) => leased(value));
  const example = fc.constantFrom(...examples, ...(examples.length === 0 ? [{}] : []));
  const isJson = type === 'application/json';
  const plain = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));
  const text = fc.oneof(
    { weight: 3, arbitrary: example.map((value) => ['example', plain(value)] as const) },
    {
      weight: 3,
      arbitrary: valuesOf(content.schema).map((value) => ['by the schema', plain(leased(value))] as const),
    },
    ...(isJson
      ? [
          {
            weight: 8,
            arbitrary: mutated(example, 1).map((mutant) => ['example, changed', mutant] as const),
          },
          {
            weight: 4,
            arbitrary: mutated(valuesOf(content.schema).map(leased), 1).map(
              (mutant) => ['by the schema, changed', mutant] as const,
            ),
          },
        ]
      : []),
  );
  const right = text.map(([kind, each]) => ({ kind, type, body: { text: each, edits: [] } }));
  return fc.oneof(
    { weight: 18, arbitrary: right },
    { weight: 1, arbitrary: fc.constant({ kind: 'body left out', type: null, body: null }) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(right, headerText)
        .map(([body, other]) => ({ ...body, kind: 'other type', type: other })),
    },
    {
      weight: 1,
      arbitrary: fc.tuple(right, fc.constantFrom(SIZE_LIMIT, SIZE_LIMIT + 1)).map(([{ body }, size]) => ({
        kind: 'about the size limit',
        type,
        body: { ...body, edits: [{ pad: size }] },
      })),
    },
  );
}

/** A body whose lease, if it has one, is the right one. */
function leased(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'lease' in value ? { ...value, lease: LEASE } : value;
}
