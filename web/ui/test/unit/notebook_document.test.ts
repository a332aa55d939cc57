import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { joinClauses } from "../../src/base/clauses";
import { CELLS_MAX, type Cell, type CellKind, KINDS, type NotebookDocument, emptyDocument, newCell } from "../../src/notebook/document";
import {
  changeCell, duplicateCell, freshId, insertCell, moveCell, removeCell, setFilters, setHead, setTime,
} from "../../src/notebook/edits";
import { cellFrom, textsOf } from "../../src/notebook/fields";
import { type History, historyOf, redo, step, undo } from "../../src/notebook/history";
import { packText, unpackText } from "../../src/notebook/packed";
import { parseDocument, readDocument, writeDocument } from "../../src/notebook/read_document";

const KIND_NAMES = Object.keys(KINDS) as CellKind[];

/** Every kind, with every field that it can have. */
const FULL: readonly Cell[] = [
  { ...newCell("markdown", "m"), title: "a", width: "half", height: 40 } as Cell,
  {
    ...newCell("latency", "l"), filter: ["kind = server"], by: ["k8s:verb"], quantiles: ["0.5", "0.999"], show: "rate", slots: "start",
    thresholds: [{ ns: 1_000_000_000, label: "objective" }], before: "24h", limit: 3, objective: 0.999, time: { from: "now-2h", to: "now-1h" },
  } as Cell,
  { ...newCell("heatmap", "h"), rows: "requests", selection: { from: "now-5m", to: "now", lowNs: 1, highNs: 9 }, ignoreFilters: true } as Cell,
  { ...newCell("series", "s"), step: "1m" } as Cell,
  { ...newCell("traces", "t"), limit: 7 } as Cell,
  newCell("sql", "q"),
  { ...newCell("compare", "c"), of: "l", selection: "duration > 1s", baseline: { from: "now-2h", to: "now-1h" } } as Cell,
  { ...newCell("shares", "w"), rows: "pod_starts", by: ["node"], pin: { at: "2026-11-20T13:00:00Z", answer: { bands: [1, null, "x"] } } } as Cell,
  { ...newCell("trace", "x"), traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331", near: "1795000000000000000" } as Cell,
];
const DOCUMENT: NotebookDocument = {
  title: "T", about: "A", tags: ["x", "y"], time: { from: "now-1h", to: "now", refresh: "30s" }, filters: ['name = "a"'], cells: FULL,
};

describe("a document", () => {
  it("comes back as it was, of every kind and with every field", () => {
    expect(FULL.map(({ kind }) => kind).sort()).toEqual([...KIND_NAMES].sort());
    expect(readDocument(JSON.parse(JSON.stringify(writeDocument(DOCUMENT))))).toEqual({ ok: true, value: DOCUMENT });
  });

  it("is read from the example of its own documentation", () => {
    const page = readFileSync(join(import.meta.dirname, "../../../../docs/notebooks.md"), "utf8");
    const example = /```json\n([\s\S]*?)```/.exec(page)?.[1] ?? "";
    expect(parseDocument(example)).toMatchObject({ ok: true, value: { title: "API latency", cells: [{ kind: "latency", by: ["k8s:verb", "k8s:resource"], height: 340 }] } });
  });

  it.each([
    ["notebook.cells[0].colour", { cells: [{ id: "a", kind: "markdown", text: "", colour: 1 }] }],
    ["notebook.author", { author: "x" }],
    ["notebook.time.zone", { time: { from: "a", to: "b", zone: "UTC" } }],
    ["notebook.cells[0].kind", { cells: [{ id: "a", kind: "video" }] }],
    ["notebook.cells[0].height", { cells: [{ id: "a", kind: "markdown", text: "", height: 39 }] }],
    ["notebook.cells[0].text", { cells: [{ id: "a", kind: "markdown" }] }],
    ["notebook.cells[0].query", { cells: [{ id: "a", kind: "sql", query: " " }] }],
    ["notebook.cells[0].id", { cells: [{ id: "<b>", kind: "markdown", text: "" }] }],
    ["notebook.cells[0].quantiles[0]", { cells: [{ id: "a", kind: "latency", quantiles: ["99"] }] }],
    ["notebook.cells[0].thresholds[0].ns", { cells: [{ id: "a", kind: "latency", thresholds: [{ ns: "1s", label: "" }] }] }],
    ["notebook.cells[0].objective", { cells: [{ id: "a", kind: "latency", show: "errors", objective: 1 }] }],
    ["notebook.cells[0].objective", { cells: [{ id: "a", kind: "latency", show: "errors", objective: "99.9 %" }] }],
    ["notebook.cells[0].rows", { cells: [{ id: "a", kind: "latency", filter: [], rows: "traces" }] }],
    ["notebook.cells[0].slots", { cells: [{ id: "a", kind: "latency", filter: [], rows: "requests", slots: "start" }] }],
    ["notebook.cells[0].pin.by", { cells: [{ id: "a", kind: "markdown", text: "", pin: { at: "", answer: 1, by: "" } }] }],
    ["notebook.cells[0].trace_id", { cells: [{ id: "a", kind: "trace", trace_id: "xyz" }] }],
    ["notebook.schema", { schema: "tailplane.notebook/2" }],
    ["notebook.cells", { cells: [...Array(CELLS_MAX + 1).keys()].map((index) => ({ id: `a${index}`, kind: "markdown", text: "" })) }],
    ["notebook.cells", { cells: [{ id: "a", kind: "markdown", text: "" }, { id: "a", kind: "markdown", text: "" }] }],
  ])("is refused with the place: %s", (place, patch) => {
    const given = { schema: "tailplane.notebook/1", title: "T", time: { from: "now-1h", to: "now" }, cells: [], ...patch };
    const read = readDocument(given);
    expect(read.ok).toBe(false);
    if (!read.ok) expect(read.failure.message.startsWith(`${place} `), read.failure.message).toBe(true);
  });

  it("says that a file is no JSON", () => expect(parseDocument("{")).toMatchObject({ ok: false, failure: { kind: "invalid" } }));
});

it.each(readdirSync(join(import.meta.dirname, "../../../notebooks")))("the built-in %s is read whole", (file) => {
  const text = readFileSync(join(import.meta.dirname, "../../../notebooks", file), "utf8");
  const document = parseDocument(text);
  expect(document).toMatchObject({ ok: true });
  if (document.ok) for (const { of } of document.value.cells) if (of !== null) expect(document.value.cells.map(({ id }) => id)).toContain(of);
});

describe("edits", () => {
  const ids = ({ cells }: NotebookDocument) => cells.map(({ id }) => id).join("");

  it("put, take and move cells", () => {
    expect(ids(insertCell(DOCUMENT, 1, newCell("markdown", "Z")))).toBe("mZlhstqcwx");
    expect(ids(insertCell(DOCUMENT, 99, newCell("markdown", "Z")))).toBe("mlhstqcwxZ");
    expect(ids(removeCell(DOCUMENT, "h"))).toBe("mlstqcwx");
    expect(ids(moveCell(DOCUMENT, "h", -1))).toBe("mhlstqcwx");
    expect(ids(moveCell(DOCUMENT, "h", 1))).toBe("mlshtqcwx");
    expect(duplicateCell(DOCUMENT, "l").cells[2]).toMatchObject({ kind: "latency", before: "24h" });
  });

  it("that change nothing give the same document", () => {
    for (const same of [
      removeCell(DOCUMENT, "none"), moveCell(DOCUMENT, "m", -1), moveCell(DOCUMENT, "x", 1), changeCell(DOCUMENT, { ...FULL[0]! }),
      setTime(DOCUMENT, { ...DOCUMENT.time }), setFilters(DOCUMENT, [...DOCUMENT.filters]), setHead(DOCUMENT, { title: "T" }),
    ])
      expect(same).toBe(DOCUMENT);
  });

  it("never go beyond the limit", () => {
    let document = emptyDocument();
    for (let count = 0; count < CELLS_MAX + 5; count++) document = insertCell(document, 0, newCell("markdown", freshId(document)));
    expect(document.cells.length).toBe(CELLS_MAX);
  });
});

function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 4294967296) * below);
  };
}

function randomEdit(document: NotebookDocument, random: (below: number) => number): NotebookDocument {
  const cell = document.cells[random(Math.max(document.cells.length, 1))];
  switch (random(8)) {
    case 0:
    case 1:
      return insertCell(document, random(document.cells.length + 1), newCell(KIND_NAMES[random(KIND_NAMES.length)]!, freshId(document)));
    case 2:
      return cell === undefined ? document : removeCell(document, cell.id);
    case 3:
      return cell === undefined ? document : moveCell(document, cell.id, random(2) === 0 ? -1 : 1);
    case 4:
      return cell === undefined ? document : changeCell(document, { ...cell, title: `t${random(5)}`, height: 40 + random(100) });
    case 5:
      return setFilters(document, random(2) === 0 ? [] : [`span.x = ${random(9)}`]);
    case 6:
      return setTime(document, { from: `now-${1 + random(9)}h`, to: "now", refresh: "off" });
    default:
      return cell === undefined ? document : duplicateCell(document, cell.id);
  }
}

describe("history", () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])("undoes and redoes any row of edits (seed %i)", (seed) => {
    const random = randomFrom(seed);
    const seen: NotebookDocument[] = [DOCUMENT];
    let history: History = historyOf(DOCUMENT);
    for (let count = 0; count < 150; count++) {
      const next = randomEdit(history.present, random);
      history = step(history, next);
      if (next !== seen.at(-1)) seen.push(next);
      expect(new Set(next.cells.map(({ id }) => id)).size).toBe(next.cells.length);
    }
    const written = JSON.stringify(writeDocument(history.present));
    expect(readDocument(JSON.parse(written))).toEqual({ ok: true, value: history.present });
    for (let back = seen.length - 1; back > 0; back--) {
      expect(history.present).toBe(seen[back]);
      history = undo(history);
    }
    expect(history.present).toBe(DOCUMENT);
    expect(undo(history)).toBe(history);
    for (let forth = 1; forth < seen.length; forth++) {
      history = redo(history);
      expect(history.present).toBe(seen[forth]);
    }
    expect(redo(history)).toBe(history);
  });

  it("forgets what was undone once something else is done", () => {
    const one = step(historyOf(DOCUMENT), removeCell(DOCUMENT, "m"));
    const other = step(undo(one), removeCell(DOCUMENT, "x"));
    expect(redo(other)).toBe(other);
  });
});

describe("a packed document", () => {
  it("comes back, whatever its letters", async () => {
    const text = JSON.stringify(writeDocument({ ...DOCUMENT, title: "ü 漢 \u202e 🙂" }));
    const packed = await packText(text);
    expect(packed).toMatch(/^[\w-]+$/);
    expect(await unpackText(packed)).toBe(text);
  });

  it("that was cut is none", async () => {
    const packed = await packText(JSON.stringify(writeDocument(DOCUMENT)));
    expect(await unpackText(packed.slice(0, -20))).toBeNull();
    expect(await unpackText("%%")).toBeNull();
  });
});

describe("an editor's fields", () => {
  it.each(FULL)("of $kind give the same cell back", (cell) => expect(cellFrom(cell, textsOf(cell))).toEqual({ ok: true, value: cell }));

  it("keep the meaning of a filter with alternatives, and of none", () => {
    const cell = FULL[1]!;
    const again = (filter: readonly string[]) => {
      const read = cellFrom(cell, textsOf({ ...cell, filter } as Cell));
      return read.ok && "filter" in read.value ? joinClauses(read.value.filter) : read;
    };
    for (const filter of [["a = 1 || b = 2", "c = 3"], ["c = 3", 'd = "x || y"', "a = 1 || b = 2"], ["a = 1 || b = 2"], ["(a = 1 || b = 2)", "c = 3"], []])
      expect(again(filter)).toBe(joinClauses(filter));
  });

  it.each([
    [1_500_000_000, "1500ms objective"], [120_000_000_000, "2m objective"], [90_000_000_000, "90s objective"], [1_234_567_891, "1234567891ns objective"],
    [250_000, "250us objective"], [86_400_000_000_000, "1d objective"],
  ])("have a limit of %i ns exactly", (ns, thresholds) => {
    const cell = { ...FULL[1]!, thresholds: [{ ns, label: "objective" }] } as Cell;
    expect(textsOf(cell)).toMatchObject({ thresholds });
    expect(cellFrom(cell, textsOf(cell))).toEqual({ ok: true, value: cell });
  });

  it("name a limit by its length where it has no name", () => {
    const cell = { ...FULL[1]!, thresholds: [{ ns: 2_000_000, label: "2ms" }] } as Cell;
    expect(textsOf(cell)).toMatchObject({ thresholds: "2ms" });
    expect(cellFrom(cell, textsOf(cell))).toEqual({ ok: true, value: cell });
  });

  it("say what cannot be read", () => {
    const cell = FULL[1]!;
    expect(cellFrom(cell, { ...textsOf(cell), before: "yesterday" })).toMatchObject({ ok: false, failure: { message: "cell.before is not a length of time such as 24h" } });
    expect(cellFrom(cell, { ...textsOf(cell), thresholds: "soon objective" })).toMatchObject({ ok: false });
    expect(cellFrom(cell, { ...textsOf(cell), time: "now-2h" })).toMatchObject({ ok: false });
  });

  it("leave out what is emptied", () => {
    const cell = FULL[1]!;
    const emptied = cellFrom(cell, { ...textsOf(cell), before: "", limit: "", time: "", thresholds: "", filter: "" });
    expect(emptied).toMatchObject({ ok: true, value: { before: null, limit: null, time: null, thresholds: [], filter: [] } });
  });
});
