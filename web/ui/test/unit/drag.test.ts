import { describe, expect, it } from "vitest";
import { type Cell, type NotebookDocument, emptyDocument, newCell } from "../../src/notebook/document";
import { markAt, placeAt, scrollStep } from "../../src/notebook/drop_place";
import { putCell } from "../../src/notebook/edits";

/** A cell over the whole width, two halves beside each other, a half alone, a whole one. */
const BOXES = [
  { left: 0, top: 0, width: 1000, height: 100 },
  { left: 0, top: 112, width: 494, height: 300 },
  { left: 506, top: 112, width: 494, height: 200 },
  { left: 0, top: 424, width: 494, height: 100 },
  { left: 0, top: 536, width: 1000, height: 100 },
];

describe("where a dragged cell goes", () => {
  it.each([
    ["above all", 500, -40, 0],
    ["the upper half of the first", 500, 40, 0],
    ["the lower half of the first", 500, 60, 1],
    ["between rows", 800, 106, 1],
    ["the left half of the left one", 100, 300, 1],
    ["the right half of the left one", 400, 300, 2],
    ["the left half of the right one", 600, 200, 2],
    ["the right half of the right one", 900, 200, 3],
    ["below the shorter one of a row", 900, 380, 3],
    ["beside a half that is alone", 900, 480, 4],
    ["the lower half of the last", 10, 600, 5],
    ["below all", 10, 5000, 5],
  ])("%s", (_, x, y, place) => expect(placeAt(BOXES, 1000, x, y)).toBe(place));

  it("is shown by a line: level between rows, upright between halves", () => {
    expect(markAt(BOXES, 1000, 0)).toEqual({ left: 0, top: -8, width: 1000, height: 4 });
    expect(markAt(BOXES, 1000, 2)).toEqual({ left: 498, top: 112, width: 4, height: 200 });
    expect(markAt(BOXES, 1000, 5)).toEqual({ left: 0, top: 640, width: 1000, height: 4 });
    expect(markAt(BOXES.slice(0, 4), 1000, 4)).toEqual({ left: 498, top: 424, width: 4, height: 100 });
    expect(markAt([], 1000, 0)).toBeNull();
  });

  it("scrolls near the edges, the faster the nearer", () => {
    expect(scrollStep(400, 45, 900)).toBe(0);
    expect(scrollStep(100, 45, 900)).toBeLessThan(0);
    expect(scrollStep(0, 45, 900)).toBeLessThan(scrollStep(100, 45, 900));
    expect(scrollStep(895, 45, 900)).toBeGreaterThan(scrollStep(845, 45, 900));
    expect(scrollStep(5_000, 45, 900)).toBe(18);
  });
});

describe("putting a cell", () => {
  const cells: readonly Cell[] = ["a", "b", "c", "d"].map((id) => newCell("markdown", id));
  const document: NotebookDocument = { ...emptyDocument(), cells };
  const order = (id: string, before: number) => putCell(document, id, before).cells.map((cell) => cell.id).join("");

  it.each([["a", 4, "bcda"], ["a", 2, "bacd"], ["d", 0, "dabc"], ["c", 1, "acbd"], ["b", 4, "acdb"]])("%s before place %i", (id, before, expected) => expect(order(id, before)).toBe(expected));

  it.each([["a", 0], ["a", 1], ["d", 4], ["d", 3], ["x", 1], ["a", -1], ["a", 5]])("%s where it is, or where nothing is (%i), changes nothing", (id, before) =>
    expect(putCell(document, id, before)).toBe(document));
});
