// The rows of a waterfall as a tree: spans, runs of similar ones, links, and what has no parent.
import { type Run, foldSimilar } from "./runs";
import type { Sources } from "./sources";

export const NODE = { span: 0, run: 1, link: 2, orphans: 3 } as const;

/** Nodes in the order of a tree that is open everywhere; per node: */
export interface Tree {
  readonly size: number;
  readonly kinds: Uint8Array;
  /** The place of the span, the run or the link; 0 for the spans without a parent. */
  readonly subjects: Int32Array;
  /** Depth from 1, as ARIA counts. */
  readonly levels: Int32Array;
  /** The node after the last descendant. */
  readonly ends: Int32Array;
  /** The node's parent, or -1. */
  readonly parents: Int32Array;
  readonly positions: Int32Array;
  readonly setSizes: Int32Array;
  readonly runs: readonly Run[];
  /** Per span its node, or -1 where it is left out. */
  readonly nodes: Int32Array;
  /** How many spans have no parent though they name one; 0 where they are not grouped. */
  readonly orphans: number;
}

type Item = { readonly kind: number; readonly subject: number };

interface Frame {
  readonly items: readonly Item[];
  readonly node: number;
  readonly level: number;
  next: number;
}

/** Builds the tree of the spans that `keeps`; without it, of all. A kept span's ancestors have to be kept. */
export function buildTree(all: Sources, keeps: Uint8Array | null = null): Tree {
  const runs: Run[] = [];
  const items = itemsOf(all, keeps, runs);
  const kinds: number[] = [];
  const subjects: number[] = [];
  const levels: number[] = [];
  const parents: number[] = [];
  const ends: number[] = [];
  const positions: number[] = [];
  const setSizes: number[] = [];
  const nodes = new Int32Array(all.spans.length).fill(-1);
  const stack: Frame[] = [{ items: items.top, node: -1, level: 1, next: 0 }];
  while (stack.length > 0) {
    const frame = stack.at(-1)!;
    const item = frame.items[frame.next++];
    if (item === undefined) {
      if (frame.node >= 0) ends[frame.node] = kinds.length;
      stack.pop();
      continue;
    }
    const node = kinds.push(item.kind) - 1;
    subjects.push(item.subject);
    levels.push(frame.level);
    parents.push(frame.node);
    ends.push(node + 1);
    positions.push(frame.next);
    setSizes.push(frame.items.length);
    if (item.kind === NODE.span) nodes[item.subject] = node;
    const below = items.under(item);
    if (below.length > 0) stack.push({ items: below, node, level: frame.level + 1, next: 0 });
  }
  return {
    size: kinds.length,
    kinds: Uint8Array.from(kinds),
    subjects: Int32Array.from(subjects),
    levels: Int32Array.from(levels),
    ends: Int32Array.from(ends),
    parents: Int32Array.from(parents),
    positions: Int32Array.from(positions),
    setSizes: Int32Array.from(setSizes),
    runs,
    nodes,
    orphans: items.orphans,
  };
}

/** What stands at the top, and what stands under a node. */
function itemsOf(all: Sources, keeps: Uint8Array | null, runs: Run[]) {
  const { spans, parents, sources, links } = all;
  const children = new Map<number, number[]>();
  const roots: number[] = [];
  const orphans: number[] = [];
  const spliced = new Map<number, number[]>();
  const behind = sources[1]?.first ?? spans.length;
  let source = 0;
  spans.forEach((span, place) => {
    while (place >= (sources[source + 1]?.first ?? spans.length)) source++;
    if (keeps !== null && keeps[place] !== 1) return;
    const parent = parents[place]!;
    if (parent >= 0 && parent >= (sources[source]?.first ?? 0)) append(children, parent, place);
    else if (place >= behind) append(spliced, sources[source]?.link ?? -1, place);
    else (span.orphan ? orphans : roots).push(place);
  });
  const linksOf = new Map<number, number[]>();
  links.forEach(({ owner }, link) => append(linksOf, owner, link));

  const span = (place: number): Item => ({ kind: NODE.span, subject: place });
  const folded = (places: readonly number[]): Item[] =>
    foldSimilar(spans, places).map((one) => (typeof one === "number" ? span(one) : { kind: NODE.run, subject: runs.push(one) - 1 }));
  const isGrouped = orphans.length > 0 && roots.length + orphans.length > 1;
  const top = isGrouped ? [...folded(roots), { kind: NODE.orphans, subject: 0 }] : folded([...roots, ...orphans]);
  const under = ({ kind, subject }: Item): readonly Item[] => {
    if (kind === NODE.orphans) return folded(orphans);
    if (kind === NODE.run) return runs[subject]!.members.map(span);
    if (kind === NODE.link) return folded(spliced.get(subject) ?? []);
    const own = (linksOf.get(subject) ?? []).map((link) => ({ kind: NODE.link, subject: link }));
    return [...own, ...folded(children.get(subject) ?? [])];
  };
  return { top, under, orphans: isGrouped ? orphans.length : 0 };
}

function append(lists: Map<number, number[]>, key: number, value: number): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}

/** What a reader has opened or closed stays so when the tree is built again. */
export function nodeKey(tree: Tree, node: number): number {
  const kind = tree.kinds[node]!;
  const subject = tree.subjects[node]!;
  return (kind === NODE.run ? tree.runs[subject]!.members[0]! : subject) * 4 + kind;
}

/** The node of a link, or -1. */
export function linkNode(tree: Tree, link: number): number {
  return nodeWithKey(tree, link * 4 + NODE.link);
}

/** The node with a key, or -1. */
export function nodeWithKey(tree: Tree, key: number): number {
  const [kind, place] = [key % 4, Math.floor(key / 4)];
  if (kind === NODE.span) return tree.nodes[place] ?? -1;
  if (kind === NODE.run) {
    const node = tree.parents[tree.nodes[place] ?? -1] ?? -1;
    return tree.kinds[node] === NODE.run ? node : -1;
  }
  for (let node = 0; node < tree.size; node++) if (tree.kinds[node] === kind && tree.subjects[node] === place) return node;
  return -1;
}
