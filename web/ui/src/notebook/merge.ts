// Puts together what two people made of the same notebook: what only one of them touched is taken from them, the rest is a clash.
import type { Cell, NotebookDocument } from "./document";
import { writeCell } from "./read_document";

export type Side = "mine" | "theirs";

/** What can be in conflict beside cells. */
export const HEAD_FIELDS = ["title", "about", "tags", "time", "filters"] as const;
export type HeadField = (typeof HEAD_FIELDS)[number];

/** Something that both sides changed, each in another way. */
export type Clash =
  | { readonly key: string; readonly field: HeadField; readonly mine: NotebookDocument; readonly theirs: NotebookDocument }
  /** Null where a side has removed the cell. */
  | { readonly key: string; readonly mine: Cell | null; readonly theirs: Cell | null };

export interface Merged {
  readonly document: NotebookDocument;
  readonly clashes: readonly Clash[];
}

/** Which side's word counts in a clash, by its key. */
export type Choose = (key: string) => Side;

const takeMine: Choose = () => "mine";

/** `base` is what both began with. */
export function merge(base: NotebookDocument, mine: NotebookDocument, theirs: NotebookDocument, choose: Choose = takeMine): Merged {
  const clashes: Clash[] = [];
  const head = <Field extends HeadField>(field: Field): NotebookDocument[Field] => {
    const [was, own, other] = [base[field], mine[field], theirs[field]].map((value) => JSON.stringify(value));
    if (own === other || other === was) return mine[field];
    if (own === was) return theirs[field];
    const key = `field ${field}`;
    clashes.push({ key, field, mine, theirs });
    return choose(key) === "mine" ? mine[field] : theirs[field];
  };
  const fields = { title: head("title"), about: head("about"), tags: head("tags"), time: head("time"), filters: head("filters") };
  const cells = mergeCells(base.cells, mine.cells, theirs.cells, { choose, clashes });
  return { document: { ...fields, cells }, clashes };
}

interface Merging {
  readonly choose: Choose;
  readonly clashes: Clash[];
}

function mergeCells(base: readonly Cell[], mine: readonly Cell[], theirs: readonly Cell[], { choose, clashes }: Merging): readonly Cell[] {
  const [was, own, others] = [base, mine, theirs].map(byId) as [CellMap, CellMap, CellMap];
  const kept = new Map<string, Cell>();
  for (const id of new Set([...mine, ...theirs, ...base].map((cell) => cell.id))) {
    const [before, one, other] = [was, own, others].map((cells) => cells.get(id) ?? null) as [Cell | null, Cell | null, Cell | null];
    let taken: Cell | null;
    if (isSame(one, other) || isSame(before, other)) taken = one;
    else if (isSame(before, one)) taken = other;
    else {
      const key = `cell ${id}`;
      clashes.push({ key, mine: one, theirs: other });
      taken = choose(key) === "mine" ? one : other;
    }
    if (taken !== null) kept.set(id, taken);
  }
  return mergedOrder(idsOf(base), idsOf(mine), idsOf(theirs), new Set(kept.keys())).flatMap((id) => kept.get(id) ?? []);
}

type CellMap = ReadonlyMap<string, Cell>;

function byId(cells: readonly Cell[]): CellMap {
  return new Map(cells.map((cell) => [cell.id, cell] as const));
}

function idsOf(cells: readonly Cell[]): readonly string[] {
  return cells.map(({ id }) => id);
}

/** Their order, in which what I moved or added stands after the cell that I have it after. */
function mergedOrder(base: readonly string[], mine: readonly string[], theirs: readonly string[], kept: ReadonlySet<string>): readonly string[] {
  const wasThere = new Set(base);
  const common = new Set(mine.filter((id) => wasThere.has(id)));
  const stayed = new Set(longestCommon(base.filter((id) => common.has(id)), mine.filter((id) => common.has(id))));
  const known = new Set(mine);
  const order = theirs.filter((id) => kept.has(id) && (stayed.has(id) || !known.has(id)));
  const placed = new Set(order);
  mine.forEach((id, at) => {
    if (placed.has(id) || !kept.has(id)) return;
    const before = mine.slice(0, at).findLast((other) => placed.has(other));
    order.splice(before === undefined ? 0 : order.indexOf(before) + 1, 0, id);
    placed.add(id);
  });
  return order;
}

/** The longest row of ids that both have in the same order. */
function longestCommon(one: readonly string[], other: readonly string[]): readonly string[] {
  const lengths = Array.from({ length: one.length + 1 }, () => new Uint16Array(other.length + 1));
  const lengthAt = (a: number, b: number) => lengths[a]?.[b] ?? 0;
  for (let a = one.length - 1; a >= 0; a--)
    for (let b = other.length - 1; b >= 0; b--)
      lengths[a]![b] = one[a] === other[b] ? lengthAt(a + 1, b + 1) + 1 : Math.max(lengthAt(a + 1, b), lengthAt(a, b + 1));
  const found: string[] = [];
  for (let [a, b] = [0, 0]; a < one.length && b < other.length; ) {
    if (one[a] === other[b]) {
      found.push(one[a] ?? "");
      a++;
      b++;
    } else if (lengthAt(a + 1, b) >= lengthAt(a, b + 1)) a++;
    else b++;
  }
  return found;
}

const texts = new WeakMap<Cell, string>();

/** Kept, for pinned answers are long and a cell is compared with every step that can be undone. */
function textOf(cell: Cell): string {
  const text = texts.get(cell) ?? JSON.stringify(writeCell(cell));
  texts.set(cell, text);
  return text;
}

function isSame(one: Cell | null, other: Cell | null): boolean {
  return one === other || (one !== null && other !== null && textOf(one) === textOf(other));
}
