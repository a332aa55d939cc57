import { describe, expect, it } from "vitest";
import { differences, headOf } from "../../src/notebook/clash_words";
import { type Cell, type CellKind, KINDS, type NotebookDocument, emptyDocument, newCell } from "../../src/notebook/document";
import { changeCell, freshId, insertCell, putCell, removeCell, setFilters, setHead, setTime } from "../../src/notebook/edits";
import { merge } from "../../src/notebook/merge";
import { documentText } from "../../src/notebook/read_document";

const text = (id: string, more: Partial<Cell> = {}): Cell => ({ ...newCell("markdown", id), ...more }) as Cell;
const made = (ids: string, more: Partial<NotebookDocument> = {}): NotebookDocument => ({ ...emptyDocument(), ...more, cells: [...ids].map((id) => text(id)) });
const order = ({ cells }: NotebookDocument) => cells.map(({ id }) => id).join("");
const retitled = (document: NotebookDocument, id: string, title: string) => changeCell(document, { ...document.cells.find((cell) => cell.id === id)!, title });
const titleOf = ({ cells }: NotebookDocument, id: string) => cells.find((cell) => cell.id === id)?.title;
const BASE = made("abcde");

describe("changes of different things", () => {
  it("are all kept: cells changed, added, removed and moved, the title, the scope", () => {
    const mine = setHead(putCell(insertCell(retitled(BASE, "a", "A"), 5, text("x")), "e", 0), { title: "mine" });
    const theirs = setTime(setFilters(insertCell(removeCell(retitled(BASE, "b", "B"), "c"), 0, text("y")), ["span.a = 1"]), { from: "now-6h", to: "now", refresh: "off" });
    const { document, clashes } = merge(BASE, mine, theirs);
    expect(clashes).toEqual([]);
    expect(order(document)).toBe("eyabdx");
    expect([titleOf(document, "a"), titleOf(document, "b")]).toEqual(["A", "B"]);
    expect(document).toMatchObject({ title: "mine", filters: ["span.a = 1"], time: { from: "now-6h" } });
  });

  it.each([
    ["theirs alone", BASE, "eabcd", "eabcd"],
    ["mine alone", "eabcd", BASE, "eabcd"],
    ["both, different cells", "eabcd", "bacde", "ebacd"],
    ["both the same one: mine", "bcdea", "bacde", "bcdea"],
  ])("in their order: %s", (_, mine, theirs, expected) => {
    const documentOf = (ids: string | NotebookDocument) => (typeof ids === "string" ? made(ids) : ids);
    expect(order(merge(BASE, documentOf(mine), documentOf(theirs)).document)).toBe(expected);
  });

  it("what both did alike is done once", () => {
    const both = setHead(removeCell(retitled(BASE, "a", "A"), "b"), { title: "T" });
    expect(merge(BASE, both, both)).toEqual({ document: both, clashes: [] });
  });

  it("a cell that I added stays below what it was put below, or above all where that is gone", () => {
    const mine = insertCell(BASE, 1, text("x"));
    expect(order(merge(BASE, mine, removeCell(BASE, "a")).document)).toBe("xbcde");
    expect(order(merge(BASE, insertCell(BASE, 3, text("x")), removeCell(BASE, "c")).document)).toBe("abxde");
    expect(order(merge(BASE, mine, insertCell(BASE, 1, text("y"))).document)).toBe("axybcde");
  });

  it("cells that hold their fields in another order are the same", () => {
    const { kind, id, ...rest } = text("a");
    const shuffled = { ...BASE, cells: [{ ...rest, id, kind } as Cell, ...BASE.cells.slice(1)] };
    expect(merge(BASE, retitled(BASE, "a", "A"), shuffled).clashes).toEqual([]);
  });
});

describe("changes of the same", () => {
  const both = [retitled(BASE, "a", "mine"), retitled(BASE, "a", "theirs")] as const;

  it("are a clash, which the reader decides", () => {
    const merged = merge(BASE, ...both);
    expect(merged.clashes.map(({ key }) => key)).toEqual(["cell a"]);
    expect(titleOf(merged.document, "a")).toBe("mine");
    expect(titleOf(merge(BASE, ...both, () => "theirs").document, "a")).toBe("theirs");
    expect(headOf(merged.clashes[0]!)).toBe("mine");
    expect(differences(merged.clashes[0]!)).toEqual([{ what: "title", mine: "mine", theirs: "theirs" }]);
  });

  it("a cell that one removed and the other changed is one, too", () => {
    for (const [mine, theirs, keptBy] of [[removeCell(BASE, "c"), retitled(BASE, "c", "C"), "theirs"], [retitled(BASE, "c", "C"), removeCell(BASE, "c"), "mine"]] as const) {
      const { clashes } = merge(BASE, mine, theirs);
      expect(clashes.map(({ key }) => key)).toEqual(["cell c"]);
      expect(differences(clashes[0]!)[0]).toMatchObject({ what: "cell" });
      for (const side of ["mine", "theirs"] as const)
        expect(order(merge(BASE, mine, theirs, () => side).document)).toBe(side === keptBy ? "abcde" : "abde");
    }
  });

  it("and so are title, time and filters", () => {
    const mine = setFilters(setHead(BASE, { title: "mine", tags: ["a"] }), ["x = 1"]);
    const theirs = setFilters(setHead(BASE, { title: "theirs", tags: ["a"] }), []);
    const merged = merge({ ...BASE, filters: ["x = 0"] }, mine, theirs, (key) => (key === "field title" ? "theirs" : "mine"));
    expect(merged.clashes.map(({ key }) => key)).toEqual(["field title", "field filters"]);
    expect(merged.document).toMatchObject({ title: "theirs", tags: ["a"], filters: ["x = 1"] });
    expect(differences(merged.clashes[1]!)).toEqual([{ what: "filters", mine: "x = 1", theirs: "–" }]);
  });

  it("pinned answers are told by their time", () => {
    const pinned = (at: string) => changeCell(BASE, { ...BASE.cells[0]!, pin: { at, answer: { series: [] } } });
    const { clashes } = merge(BASE, pinned("10:00"), pinned("11:00"));
    expect(differences(clashes[0]!)).toEqual([{ what: "pin", mine: "pinned at 10:00", theirs: "pinned at 11:00" }]);
  });
});

function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 4294967296) * below);
  };
}

type Random = ReturnType<typeof randomFrom>;
const KIND_NAMES = Object.keys(KINDS) as CellKind[];

/** An edit of one of the given cells, or of nothing that was there. */
function randomEdit(document: NotebookDocument, random: Random, own: readonly string[], isHeadMine: boolean): NotebookDocument {
  const mine = document.cells.filter(({ id }) => own.includes(id));
  const cell = mine[random(Math.max(mine.length, 1))];
  switch (random(7)) {
    case 0:
      return insertCell(document, random(document.cells.length + 1), newCell(KIND_NAMES[random(KIND_NAMES.length)]!, freshId(document)));
    case 1:
      return cell === undefined ? document : removeCell(document, cell.id);
    case 2:
    case 3:
      return cell === undefined ? document : putCell(document, cell.id, random(document.cells.length + 1));
    case 4:
      return isHeadMine ? setHead(document, { title: `t${random(99)}` }) : setFilters(document, [`span.x = ${random(9)}`]);
    default:
      return cell === undefined ? document : changeCell(document, { ...cell, title: `t${random(99)}`, height: 40 + random(100) });
  }
}

function edited(document: NotebookDocument, random: Random, own: readonly string[], isHeadMine: boolean): NotebookDocument {
  let next = document;
  for (let count = random(12); count >= 0; count--) next = randomEdit(next, random, own, isHeadMine);
  return next;
}

/** What a document says, whatever the order of its cells. */
function content({ cells, ...head }: NotebookDocument): string {
  return documentText({ ...head, cells: [...cells].sort((a, b) => (a.id < b.id ? -1 : 1)) });
}

describe.each([...Array(40).keys()])("any edits (seed %i)", (seed) => {
  const random = randomFrom(seed * 7919 + 1);
  const base = edited(made("abcdefghij"), random, [..."abcdefghij"], true);
  const ids = base.cells.map(({ id }) => id);
  const [left, right] = [ids.filter((_, at) => at % 2 === 0), ids.filter((_, at) => at % 2 === 1)];

  it("of one side alone are that side, order and all", () => {
    const one = edited(base, random, ids, true);
    expect(merge(base, one, base)).toEqual({ document: one, clashes: [] });
    expect(merge(base, base, one)).toEqual({ document: one, clashes: [] });
    expect(merge(base, one, one)).toEqual({ document: one, clashes: [] });
  });

  it("of different things never clash, and say the same from either side", () => {
    const [mine, theirs] = [edited(base, random, left, true), edited(base, random, right, false)];
    const [one, other] = [merge(base, mine, theirs), merge(base, theirs, mine)];
    expect([one.clashes, other.clashes]).toEqual([[], []]);
    expect(content(one.document)).toBe(content(other.document));
    const expected = new Set([...mine.cells, ...theirs.cells].map(({ id }) => id).filter((id) => !ids.includes(id) || (mine.cells.some((cell) => cell.id === id) && theirs.cells.some((cell) => cell.id === id))));
    expect(new Set(one.document.cells.map(({ id }) => id))).toEqual(expected);
    expect(one.document.cells.length).toBe(expected.size);
  });

  it("of the same things leave each cell there at most once, as one of the sides has it", () => {
    const [mine, theirs] = [edited(base, random, ids, true), edited(base, random, ids, true)];
    for (const side of ["mine", "theirs"] as const) {
      const { document, clashes } = merge(base, mine, theirs, () => side);
      const found = document.cells.map(({ id }) => id);
      expect(new Set(found).size).toBe(found.length);
      for (const cell of document.cells) expect([...mine.cells, ...theirs.cells, ...base.cells]).toContainEqual(cell);
      const chosen = side === "mine" ? mine : theirs;
      for (const clash of clashes)
        if (!("field" in clash)) expect(document.cells.find(({ id }) => `cell ${id}` === clash.key)).toEqual(chosen.cells.find(({ id }) => `cell ${id}` === clash.key));
    }
  });
});
