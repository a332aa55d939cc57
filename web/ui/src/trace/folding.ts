// What of a tree is open and so visible, and how keys move through it.
import { NODE, type Tree, nodeKey } from "./tree";

/** Runs and links are closed until they are opened, everything else is open until it is closed: `flipped` holds keys of the exceptions. */
export function isOpen(tree: Tree, node: number, flipped: ReadonlySet<number>): boolean {
  const kind = tree.kinds[node];
  const closed = kind === NODE.run || kind === NODE.link;
  return flipped.has(nodeKey(tree, node)) === closed;
}

/** A link that was not followed yet has nothing under it, and can be opened all the same. */
export function canOpen(tree: Tree, node: number): boolean {
  return tree.kinds[node] === NODE.link || tree.ends[node]! > node + 1;
}

/** The nodes to show, in order. */
export function visibleNodes(tree: Tree, flipped: ReadonlySet<number>): Int32Array {
  const rows = new Int32Array(tree.size);
  let count = 0;
  for (let node = 0; node < tree.size; ) {
    rows[count++] = node;
    const end = tree.ends[node]!;
    node = end > node + 1 && !isOpen(tree, node, flipped) ? end : node + 1;
  }
  return rows.subarray(0, count);
}

/** The place of a node among the visible ones, or -1. */
export function rowOf(rows: Int32Array, node: number): number {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rows[middle]! < node) low = middle + 1;
    else high = middle;
  }
  return rows[low] === node ? low : -1;
}

/** Opens every ancestor of a node; the same set when all are open. */
export function reveal(tree: Tree, flipped: ReadonlySet<number>, node: number): ReadonlySet<number> {
  const closed: number[] = [];
  for (let above = tree.parents[node] ?? -1; above >= 0; above = tree.parents[above]!) if (!isOpen(tree, above, flipped)) closed.push(above);
  return closed.reduce((set, above) => flip(set, nodeKey(tree, above)), flipped);
}

export function flip(flipped: ReadonlySet<number>, key: number): ReadonlySet<number> {
  const next = new Set(flipped);
  if (!next.delete(key)) next.add(key);
  return next;
}

/** Opens everything below a node and itself, or closes it where all of it is open. Links are left alone. */
export function flipBelow(tree: Tree, flipped: ReadonlySet<number>, node: number): ReadonlySet<number> {
  const within: number[] = [];
  for (let below = node; below < tree.ends[node]!; below++) if (tree.kinds[below] !== NODE.link && canOpen(tree, below)) within.push(below);
  const wanted = within.some((below) => !isOpen(tree, below, flipped));
  const next = new Set(flipped);
  for (const below of within) {
    if (isOpen(tree, below, flipped) === wanted) continue;
    const key = nodeKey(tree, below);
    if (!next.delete(key)) next.add(key);
  }
  return next;
}

export type TreeMove = { readonly select: number } | { readonly close: number } | { readonly open: number } | null;

/** What a key does at a row: selects another row (by its place in `rows`), or opens or closes this node. */
export function treeMove(rows: Int32Array, tree: Tree, flipped: ReadonlySet<number>, at: number, key: string, page: number): TreeMove {
  const node = rows[at];
  if (node === undefined) return rows.length > 0 && /^(Arrow|Page|Home|End)/.test(key) ? { select: 0 } : null;
  const to = (place: number): TreeMove => ({ select: Math.min(Math.max(place, 0), rows.length - 1) });
  const expanded = canOpen(tree, node) && isOpen(tree, node, flipped);
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
      return expanded ? to(at + 1) : canOpen(tree, node) ? { open: node } : null;
    case "ArrowLeft": {
      if (expanded) return { close: node };
      const parent = tree.parents[node] ?? -1;
      return parent < 0 ? null : to(rowOf(rows, parent));
    }
    default:
      return null;
  }
}
