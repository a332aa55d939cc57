// A trace as rows of a tree: what is visible when parts are folded, and how keys move through it.
import type { Span, Trace } from "../api/trace";

export interface TreeRow {
  /** Index into the trace's spans. */
  readonly span: number;
  /** Depth from 1, as ARIA counts. */
  readonly level: number;
  readonly hasChildren: boolean;
  readonly expanded: boolean;
  readonly positionInSet: number;
  readonly setSize: number;
}

export interface Tree {
  /** Per span: the index after its last descendant. */
  readonly ends: readonly number[];
  /** Per span: the parent's index, or -1. */
  readonly parents: readonly number[];
  readonly positions: readonly { readonly position: number; readonly size: number }[];
}

/** The spans arrive in depth-first order with their depth, so one pass with a stack finds the tree. */
export function buildTree(spans: readonly Span[]): Tree {
  const ends = new Array<number>(spans.length).fill(spans.length);
  const parents = new Array<number>(spans.length).fill(-1);
  const childCounts = new Map<number, number>();
  const order = new Array<number>(spans.length).fill(1);
  const open: number[] = [];
  spans.forEach((span, index) => {
    while (open.length > 0 && (spans[open.at(-1) ?? 0]?.depth ?? 0) >= span.depth) ends[open.pop() ?? 0] = index;
    const parent = open.at(-1) ?? -1;
    parents[index] = parent;
    const position = (childCounts.get(parent) ?? 0) + 1;
    childCounts.set(parent, position);
    order[index] = position;
    open.push(index);
  });
  const positions = order.map((position, index) => ({ position, size: childCounts.get(parents[index] ?? -1) ?? 1 }));
  return { ends, parents, positions };
}

/** The rows to show, in order; `folded` holds indices of spans whose descendants are hidden. */
export function visibleRows(trace: Trace, tree: Tree, folded: ReadonlySet<number>): readonly TreeRow[] {
  const rows: TreeRow[] = [];
  for (let index = 0; index < trace.spans.length; ) {
    const end = tree.ends[index] ?? index + 1;
    const hasChildren = end > index + 1;
    const expanded = hasChildren && !folded.has(index);
    const place = tree.positions[index];
    rows.push({
      span: index,
      level: (trace.spans[index]?.depth ?? 0) + 1,
      hasChildren,
      expanded,
      positionInSet: place?.position ?? 1,
      setSize: place?.size ?? 1,
    });
    index = hasChildren && !expanded ? end : index + 1;
  }
  return rows;
}

/** Unfolds every ancestor of a span; the same set when none was folded. */
export function reveal(tree: Tree, folded: ReadonlySet<number>, span: number): ReadonlySet<number> {
  const next = new Set(folded);
  for (let parent = tree.parents[span] ?? -1; parent >= 0; parent = tree.parents[parent] ?? -1) next.delete(parent);
  return next.size === folded.size ? folded : next;
}

export type TreeMove = { readonly select: number } | { readonly fold: number } | { readonly unfold: number } | null;

/** What a key does at a row: selects another row (by its place in `rows`) or folds or unfolds this span. */
export function treeMove(rows: readonly TreeRow[], tree: Tree, at: number, key: string, page: number): TreeMove {
  const row = rows[at];
  if (row === undefined) return rows.length > 0 ? { select: 0 } : null;
  const to = (place: number): TreeMove => ({ select: Math.min(Math.max(place, 0), rows.length - 1) });
  switch (key) {
    case "ArrowDown":
      return to(at + 1);
    case "ArrowUp":
      return to(at - 1);
    case "PageDown":
      return to(at + page);
    case "PageUp":
      return to(at - page);
    case "Home":
      return to(0);
    case "End":
      return to(rows.length - 1);
    case "ArrowRight":
      return row.expanded ? to(at + 1) : row.hasChildren ? { unfold: row.span } : null;
    case "ArrowLeft": {
      if (row.expanded) return { fold: row.span };
      const parent = tree.parents[row.span] ?? -1;
      return parent < 0 ? null : to(rows.findIndex((candidate) => candidate.span === parent));
    }
    default:
      return null;
  }
}
