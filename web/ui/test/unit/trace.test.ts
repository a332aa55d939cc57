import { describe, expect, it } from "vitest";
import type { Span, Trace } from "../../src/api/trace";
import { barOf, pathRuns, rulerTicks } from "../../src/trace/bars";
import { completenessSentence } from "../../src/trace/completeness_note";
import { criticalPathOf, onPathOnly, pathNote } from "../../src/trace/critical_path";
import { placeSource } from "../../src/trace/place";
import { skewOf } from "../../src/trace/skew";
import { buildTree, reveal, treeMove, visibleRows } from "../../src/trace/tree";

function span(depth: number, offsetNs = 0, durationNs = 100): Span {
  return {
    spanId: "", parentSpanId: null, depth, orphan: false, name: "", kind: "internal", service: "apiserver", component: "apiserver", start: 0n,
    offsetNs, durationNs, selfNs: 0, clockSkewNs: null, node: null, zone: null, status: "unset", statusMessage: "", scope: { name: "", version: "" }, attributes: [], events: [], links: [],
    dropped: { attributes: 0, events: 0, links: 0 }, resource: 0,
  };
}

function traceOf(depths: readonly number[]): Trace {
  const spans = depths.map((depth) => span(depth));
  return {
    traceId: "", start: 0n, end: 0n, durationNs: 1000, complete: true, orphans: 0, completeness: { verdict: "complete", reasons: [] },
    answer: { complete: true, because: [], possibleDuplicates: false, rawDataFrom: null },
    criticalPath: [], requests: [], spans, resources: [],
  };
}

// 0 ─┬ 1 ─┬ 2
//    │    └ 3
//    └ 4
// 5
const TRACE = traceOf([0, 1, 2, 2, 1, 0]);
const TREE = buildTree(TRACE.spans);
const shown = (folded: readonly number[]) => visibleRows(TRACE, TREE, new Set(folded));

describe("tree", () => {
  it("finds ends, parents and places among siblings", () => {
    expect(TREE.ends).toEqual([5, 4, 3, 4, 5, 6]);
    expect(TREE.parents).toEqual([-1, 0, 1, 1, 0, -1]);
    expect(TREE.positions[3]).toEqual({ position: 2, size: 2 });
    expect(TREE.positions[5]).toEqual({ position: 2, size: 2 });
  });

  it("hides the descendants of folded spans", () => {
    expect(shown([]).map((row) => row.span)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(shown([1]).map((row) => row.span)).toEqual([0, 1, 4, 5]);
    expect(shown([0, 1]).map((row) => row.span)).toEqual([0, 5]);
    expect([...reveal(TREE, new Set([0, 1, 5]), 3)]).toEqual([5]);
  });

  it("moves by key", () => {
    const rows = shown([]);
    expect(treeMove(rows, TREE, 0, "ArrowDown", 10)).toEqual({ select: 1 });
    expect(treeMove(rows, TREE, 1, "ArrowLeft", 10)).toEqual({ fold: 1 });
    expect(treeMove(rows, TREE, 3, "ArrowLeft", 10)).toEqual({ select: 1 });
    expect(treeMove(shown([1]), TREE, 1, "ArrowRight", 10)).toEqual({ unfold: 1 });
    expect(treeMove(rows, TREE, 2, "End", 10)).toEqual({ select: 5 });
    expect(treeMove(rows, TREE, 2, "PageUp", 10)).toEqual({ select: 0 });
    expect(treeMove(rows, TREE, 5, "ArrowLeft", 10)).toBeNull();
    expect(treeMove(rows, TREE, 2, "x", 10)).toBeNull();
    expect(treeMove([], TREE, -1, "ArrowDown", 10)).toBeNull();
  });

  it("takes a deep chain of a hundred thousand spans", () => {
    const chain = traceOf([...Array(100_000).keys()]);
    const tree = buildTree(chain.spans);
    expect(visibleRows(chain, tree, new Set()).length).toBe(100_000);
    expect(visibleRows(chain, tree, new Set([0])).length).toBe(1);
  });
});

describe("bars", () => {
  it("lie inside the trace and stay visible", () => {
    expect(barOf(span(0, 250, 500), TRACE, 400)).toEqual({ left: 100, width: 200 });
    expect(barOf(span(0, 999, 0), TRACE, 400).width).toBe(1);
    expect(barOf(span(0, -50, 100), TRACE, 400)).toEqual({ left: 0, width: 20 });
    expect(barOf(span(0, 900, 5000), TRACE, 400).width).toBeCloseTo(40);
    expect(barOf(span(0, 5000, 10), TRACE, 400).left).toBeLessThan(400);
    expect(barOf(span(0), { ...TRACE, durationNs: 0 }, 400).width).toBeGreaterThan(0);
  });

  it("have a ruler of round durations", () => {
    expect(rulerTicks(812e6, 400, 80)).toEqual([0, 2e8, 4e8, 6e8, 8e8]);
    expect(rulerTicks(0, 400)).toEqual([0]);
  });
});

describe("critical path", () => {
  // a 0..1000 ─┬ b 100..500 ── c 200..300
  //            └ d 600..700
  const named = (spanId: string, depth: number, offsetNs: number, durationNs: number): Span => ({ ...span(depth, offsetNs, durationNs), spanId });
  const spans = [named("a", 0, 0, 1000), named("b", 1, 100, 400), named("c", 2, 200, 100), named("d", 1, 600, 100)];
  const segment = (spanId: string, offsetNs: number, durationNs: number) => ({ spanId, offsetNs, durationNs });
  const criticalPath = [segment("a", 0, 200), segment("c", 200, 100), segment("a", 300, 700)];
  const trace: Trace = { ...TRACE, spans, criticalPath };
  const path = criticalPathOf(trace);

  it("adds up by span, and to the root's duration", () => {
    expect(spans.map((one) => path.get(one)?.totalNs)).toEqual([900, undefined, 100, undefined]);
    expect([...path.values()].reduce((sum, { totalNs }) => sum + totalNs, 0)).toBe(1000);
    expect(path.get(spans[0]!)?.parts).toEqual([{ startNs: 0, endNs: 200 }, { startNs: 300, endNs: 1000 }]);
  });

  it("is said in words", () => {
    expect(pathNote(path, spans[2]!)).toBe("on the critical path: 100 ns");
    expect(pathNote(path, spans[3]!)).toBe("");
  });

  it("is drawn inside its span's bar alone, and counts whole", () => {
    const early = criticalPathOf({ ...trace, criticalPath: [segment("d", 550, 100), segment("d", 690, 400), segment("d", 10, 20), segment("z", 0, 5)] });
    expect(early.get(spans[3]!)).toEqual({ parts: [{ startNs: 600, endNs: 650 }, { startNs: 690, endNs: 700 }], totalNs: 520 });
    expect(early.size).toBe(1);
  });

  it("belongs to the first of two spans with one id", () => {
    const twice: Trace = { ...trace, spans: [...spans, named("c", 1, 200, 100)] };
    expect(criticalPathOf(twice).has(twice.spans[4]!)).toBe(false);
  });

  it("keeps what is on it, with the ancestors, as a tree", () => {
    const only = onPathOnly(trace, path);
    expect(only.spans.map(({ spanId }) => spanId)).toEqual(["a", "b", "c"]);
    expect(buildTree(only.spans).parents).toEqual([-1, 0, 1]);
    expect(onPathOnly(trace, new Map()).spans).toEqual([]);
  });

  it("has runs of at least a pixel that do not overlap", () => {
    const part = (startNs: number, endNs: number) => ({ startNs, endNs });
    expect(pathRuns([part(0, 200), part(300, 1000)], trace, 100)).toEqual([{ left: 0, width: 20 }, { left: 30, width: 70 }]);
    expect(pathRuns([part(500, 501), part(502, 503), part(504, 505)], trace, 100)).toEqual([{ left: 50, width: expect.closeTo(1.4) }]);
    expect(pathRuns([part(999.9, 1000)], trace, 100)).toEqual([{ left: 99, width: 1 }]);
    expect(pathRuns([part(-50, 100)], trace, 100)).toEqual([{ left: 0, width: 10 }]);
    expect(pathRuns([], trace, 100)).toEqual([]);
  });
});

describe("what is not as it should be", () => {
  it("says how a clock differs", () => {
    expect(skewOf({ ...span(1), clockSkewNs: -1_200_000 })?.sentence).toBe("clock differs: starts 1.20 ms before its parent");
    expect(skewOf({ ...span(1), clockSkewNs: 3_000_000 })?.sentence).toBe("ends 3.00 ms after its parent: the clock differs, or the caller did not wait");
    expect([skewOf(span(1)), skewOf({ ...span(1), clockSkewNs: 0 })]).toEqual([null, null]);
  });

  it("says what did not arrive", () => {
    expect(completenessSentence({ verdict: "complete", reasons: [] })).toBeNull();
    expect(completenessSentence({ verdict: "partial", reasons: ["a", "b"] })).toBe("Part of this trace did not arrive: a; b");
    expect(completenessSentence({ verdict: "details_missing", reasons: [] })).toBe("Some details did not arrive");
  });

  it("says how a place is known", () => {
    expect(["host_name", "host.name", "node_file"].map(placeSource)).toEqual(["from host.name", "from host.name", "from the nodes file"]);
  });
});
