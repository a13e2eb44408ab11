/** JSON as a tree that can hold what JSON cannot: scalars that are none, and members of one name. */

/** A scalar as it will stand in the text, a list, or an object's members in order. */
export type Node = { raw: string } | { list: Node[] } | { members: [name: string, value: Node][] };

/** The tree of a value. */
export function treeOf(value: unknown): Node {
  if (Array.isArray(value)) return { list: value.map(treeOf) };
  if (typeof value === 'object' && value !== null) {
    return { members: Object.entries(value).map(([name, member]) => [name, treeOf(member)]) };
  }
  return { raw: JSON.stringify(value) };
}

/** The text of a tree. */
export function textOf(node: Node): string {
  if ('raw' in node) return node.raw;
  if ('list' in node) return `[${node.list.map(textOf).join(',')}]`;
  return `{${node.members.map(([name, member]) => `${JSON.stringify(name)}:${textOf(member)}`).join(',')}}`;
}

/** How many nodes a tree has, itself included. */
export function sizeOf(node: Node): number {
  return 1 + childrenOf(node).reduce((sum, child) => sum + sizeOf(child), 0);
}

function childrenOf(node: Node): Node[] {
  if ('raw' in node) return [];
  return 'list' in node ? node.list : node.members.map(([, member]) => member);
}

/** The tree with its node number `at`, in the order they stand in the text, changed; null takes it out, with its name. */
export function changed(node: Node, at: number, change: (node: Node) => Node | null): Node | null {
  if (at === 0) return change(node);
  let from = 1;
  /** The child, unless it holds the node that is meant. */
  const visit = (child: Node): Node | null => {
    const size = sizeOf(child);
    const inside = at >= from && at < from + size;
    const after = inside ? changed(child, at - from, change) : child;
    from += size;
    return after;
  };
  if ('raw' in node) return node;
  if ('list' in node) return { list: node.list.map(visit).filter((child) => child !== null) };
  return {
    members: node.members.flatMap(([name, child]): [string, Node][] => {
      const after = visit(child);
      return after === null ? [] : [[name, after]];
    }),
  };
}
