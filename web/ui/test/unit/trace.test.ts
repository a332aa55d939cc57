import { describe, expect, it } from "vitest";
import type { Span, Trace } from "../../src/api/trace";
import { barOf, rulerTicks } from "../../src/trace/bars";
import { etcdSentence } from "../../src/trace/etcd_line";
import { buildTree, reveal, treeMove, visibleRows } from "../../src/trace/tree";

function span(depth: number, offsetNs = 0, durationNs = 100): Span {
  return {
    spanId: "", parentSpanId: null, depth, orphan: false, name: "", kind: "internal", service: "apiserver", component: "apiserver", start: 0n,
    offsetNs, durationNs, status: "unset", statusMessage: "", scope: { name: "", version: "" }, attributes: [], events: [], links: [],
    dropped: { attributes: 0, events: 0, links: 0 }, resource: 0,
  };
}

function traceOf(depths: readonly number[]): Trace {
  const spans = depths.map((depth) => span(depth));
  return { traceId: "", start: 0n, end: 0n, durationNs: 1000, complete: true, orphans: 0, etcd: null, spans, resources: [] };
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

describe("etcdSentence", () => {
  it("says what etcd covered", () => {
    const etcd = { coveredNs: 498e6, share: 498 / 812, calls: 4 };
    expect(etcdSentence({ ...TRACE, etcd })).toBe("etcd calls covered 61 % of the request (498 ms of 812 ms, 4 calls)");
    expect(etcdSentence({ ...TRACE, etcd: { coveredNs: 0, share: 0, calls: 1 } })).toMatch(/covered 0 % .* 1 call\)/);
    expect(etcdSentence(TRACE)).toBe("no etcd calls in this trace");
  });
});
