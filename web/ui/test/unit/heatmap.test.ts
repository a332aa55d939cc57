import { describe, expect, it } from "vitest";
import { OF_WORDS } from "../../src/base/rows";
import { chooseZone } from "../../src/base/zone";
import { boxBetween, boxOf, countBox, moveCell, selectionFilter, selectionOf, slowestCell } from "../../src/charts/heatmap/box";
import { cellColour, depthOf } from "../../src/charts/heatmap/heatmap_colours";
import { type HeatmapData, heatmapData } from "../../src/charts/heatmap/heatmap_data";
import { heatmapDots } from "../../src/charts/heatmap/heatmap_dots";
import { boxRectangle, cellAt, placeHeatmap } from "../../src/charts/heatmap/heatmap_place";
import { boxSentence, cellSentence, durationRange, heatmapSummary } from "../../src/charts/heatmap/heatmap_words";
import { SECOND, makeHeatmap, makeLatency } from "./make_latency";

const MS = 1e6;
const BOUNDS = [0, 1 * MS, 2 * MS, 4 * MS, 8 * MS, 16 * MS];
/** Slots of 1000, 1010 and 1030 s; nothing below 1 ms or from 8 ms on. */
const LATENCY = makeLatency([], { heatmap: makeHeatmap(BOUNDS, { 1000: [0, 5, 1, 0, 0], 1010: [0, 20, 3, 1, 0], 1030: [0, 4, 0, 0, 0] }), end: 1040n * SECOND });

function dataOf(latency = LATENCY): HeatmapData {
  const data = heatmapData(latency);
  if (data === null) throw new Error("no heatmap");
  return data;
}

const AREA = { left: 58, top: 12, width: 400, height: 300 };

describe("heatmapData", () => {
  it("has a column for each slot, empty ones included, and rows from the fastest to the slowest span", () => {
    const data = dataOf();
    expect(data.columns.map(({ total }) => total)).toEqual([6, 24, 0, 4]);
    expect(data.rows.map(({ low, high }) => [low / MS, high / MS])).toEqual([[1, 2], [2, 4], [4, 8]]);
    expect([data.total, data.most]).toEqual([34, 20]);
  });

  it("begins before the answer where that begins within a slot", () => {
    const data = dataOf({ ...LATENCY, start: 1005n * SECOND });
    expect([data.first, data.columns.length]).toEqual([1000n * SECOND, 4]);
  });

  it("is nothing without a heatmap or a span", () => {
    expect(heatmapData(makeLatency([]))).toBeNull();
    expect(heatmapData(makeLatency([], { heatmap: makeHeatmap(BOUNDS, { 1000: [0, 0, 0, 0, 0] }) }))).toBeNull();
  });
});

describe("a box", () => {
  const data = dataOf();
  const box = boxBetween({ column: 1, row: 2 }, { column: 0, row: 1 });

  it("holds all cells from one corner to the other", () => {
    expect(box).toEqual({ columns: [0, 1], rows: [1, 2] });
    expect(countBox(data, box)).toEqual({ count: 5, ofTime: 30 });
  });

  it("selects a time and durations, and is found again in a later answer", () => {
    const selection = selectionOf(data, box);
    expect(selection).toEqual({ from: 1000n * SECOND, to: 1020n * SECOND, lowNs: 2 * MS, highNs: 8 * MS });
    expect(boxOf(data, selection)).toEqual(box);
    const coarser = dataOf(makeLatency([], { stepNs: 40e9, end: 1040n * SECOND, heatmap: makeHeatmap([1 * MS, 3 * MS, 9 * MS], { 1000: [1, 1] }) }));
    expect(boxOf(coarser, selection)).toEqual({ columns: [0, 0], rows: [0, 1] });
    expect(boxOf(data, { ...selection, from: 5000n * SECOND, to: 6000n * SECOND })).toBeNull();
  });

  it("has no bound where the answer has none", () => {
    const open = dataOf(makeLatency([], { heatmap: makeHeatmap([0, 1 * MS, 2 * MS], { 1000: [1, 1] }) }));
    const all = selectionOf(open, boxBetween({ column: 0, row: 0 }, { column: 0, row: 1 }));
    expect([all.lowNs, all.highNs]).toEqual([0, Infinity]);
    expect(selectionFilter(all)).toBe("{ duration >= 0ns }");
    expect(selectionFilter({ lowNs: 640 * MS, highNs: 1.2e9 })).toBe("{ duration >= 640000000ns && duration < 1200000000ns }");
  });

  it("is reached by keys, which stay within", () => {
    expect(slowestCell(data)).toEqual({ column: 1, row: 2 });
    expect(moveCell(data, { column: 0, row: 0 }, "ArrowLeft")).toEqual({ column: 0, row: 0 });
    expect(moveCell(data, { column: 0, row: 0 }, "ArrowUp")).toEqual({ column: 0, row: 1 });
    expect(moveCell(data, { column: 3, row: 2 }, "ArrowUp")).toEqual({ column: 3, row: 2 });
    expect(moveCell(data, { column: 0, row: 1 }, "End")).toEqual({ column: 3, row: 1 });
    expect(moveCell(data, { column: 0, row: 0 }, "Enter")).toBeNull();
  });
});

describe("places", () => {
  const data = dataOf();
  const place = placeHeatmap(data, AREA);

  it("give rows that double the same height", () => {
    const heights = [0, 1, 2].map((row) => boxRectangle(data, { columns: [0, 0], rows: [row, row] }, place).height);
    for (const height of heights) expect(height).toBeCloseTo(100);
    const { left, top, width } = boxRectangle(data, { columns: [1, 1], rows: [2, 2] }, place);
    for (const [found, wanted] of [[left, 100], [top, 0], [width, 100]] as const) expect(found).toBeCloseTo(wanted);
  });

  it("lead back from a point to its cell, from outside to the nearest", () => {
    for (const column of [0, 1, 2, 3])
      for (const row of [0, 1, 2]) {
        const { left, top, width, height } = boxRectangle(data, { columns: [column, column], rows: [row, row] }, place);
        expect(cellAt(data, place, left + width / 2, top + height / 2)).toEqual({ column, row });
      }
    expect(cellAt(data, place, -50, 900)).toEqual({ column: 0, row: 0 });
    expect(cellAt(data, place, 4000, -5)).toEqual({ column: 3, row: 2 });
  });

  it("show a row that begins at zero, which a log axis has not", () => {
    const zero = dataOf(makeLatency([], { heatmap: makeHeatmap([0, 1 * MS, 2 * MS], { 1000: [3, 1] }), end: 1010n * SECOND }));
    const lowest = boxRectangle(zero, { columns: [0, 0], rows: [0, 0] }, placeHeatmap(zero, AREA));
    expect(lowest.height).toBeCloseTo(150);
  });
});

describe("words", () => {
  const data = dataOf();

  it("say what a cell and a box hold", () => {
    chooseZone("utc");
    expect(cellSentence(data, { column: 1, row: 2 })).toBe("1 span, 4.00 ms – 8.00 ms, 1970-01-01 00:16:50 – 00:17:00, 4 % of the slot’s 24 spans");
    expect(cellSentence(data, { column: 2, row: 0 })).toBe("0 spans, 1.00 ms – 2.00 ms, 1970-01-01 00:17:00 – 00:17:10");
    expect(boxSentence(data, boxBetween({ column: 0, row: 0 }, { column: 1, row: 0 }))).toBe("25 spans (83 % of that time), 1.00 ms – 2.00 ms, 1970-01-01 00:16:40 – 00:17:00");
    expect([durationRange({ lowNs: 0, highNs: 2 * MS }), durationRange({ lowNs: 60e9, highNs: Infinity })]).toEqual(["up to 2.00 ms", "from 60.0 s"]);
    expect(heatmapSummary(data)).toBe(
      "Heatmap of 34 spans by time and duration: the fullest cell is 1.00 ms – 2.00 ms, the slowest 4.00 ms – 8.00 ms, first in the slot of 00:16:50. The table view holds the same counts.",
    );
  });
});

it("is of what its words say", () => {
  const data = heatmapData(LATENCY, OF_WORDS.pod_starts);
  expect(data === null ? "" : heatmapSummary(data)).toMatch(/^Heatmap of 34 pod starts by time/);
  expect(data === null ? "" : cellSentence(data, { column: 1, row: 2 })).toMatch(/^1 pod start, .* of the slot’s 24 pod starts$/);
});

describe("colours", () => {
  const lightness = (colour: string) => Number(/oklch\(([\d.]+)/.exec(colour)?.[1]);

  it("go by the logarithm, from near the surface to far from it, in one hue", () => {
    expect([depthOf(1, 1000), depthOf(1000, 1000), depthOf(1, 1)]).toEqual([0, 1, 1]);
    expect(depthOf(10, 1000)).toBeCloseTo(1 / 3);
    for (const isDark of [true, false]) {
      const steps = [0, 0.25, 0.5, 0.75, 1].map((depth) => lightness(cellColour(depth, isDark)));
      const differences = steps.slice(1).map((step, index) => step - (steps[index] ?? 0));
      for (const difference of differences) expect(Math.abs(difference - (differences[0] ?? 0))).toBeLessThan(0.002);
      expect(differences[0]! > 0).toBe(isDark);
    }
    expect(cellColour(0, true).split(" ").at(-1)).toBe(cellColour(1, false).split(" ").at(-1));
  });
});

it("makes dots of its exemplars, each at its own duration", () => {
  const slot = { t: 1000n * SECOND, counts: [1], exemplars: [{ band: 0, traceId: "t", spanId: "s", durationNs: 0, t: 1003n * SECOND, error: true }] };
  expect(heatmapDots(makeLatency([], { heatmap: { bounds: [0, 1], slots: [slot] } }))).toMatchObject([{ x: 1003, y: 1, minor: false, exemplar: { pick: "error", slot: 1000n * SECOND } }]);
  expect(heatmapDots(makeLatency([]))).toEqual([]);
});

it("marks the slowest of a slot and what failed, and keeps the others for when they are opened", () => {
  const exemplar = (spanId: string, durationNs: number, error: boolean) => ({ band: 0, traceId: "t", spanId, durationNs, t: 1003n * SECOND, error });
  const exemplars = [exemplar("fast", 1, false), exemplar("failed", 2, true), exemplar("slow", 9, false)];
  const slots = [{ t: 1000n * SECOND, counts: [3], exemplars }];
  expect(heatmapDots(makeLatency([], { heatmap: { bounds: [0, 10], slots } })).map(({ minor }) => minor)).toEqual([true, false, false]);
});
