import { describe, expect, it } from "vitest";
import type { Span, Trace } from "../../src/api/trace";
import { barOf, pathRuns } from "../../src/trace/bars";
import { completenessSentence } from "../../src/trace/completeness_note";
import { criticalPathOf, onPath, pathNote, pathOrder } from "../../src/trace/critical_path";
import { placeClause, placeSource } from "../../src/trace/place";
import { skewOf } from "../../src/trace/skew";
import { combine } from "../../src/trace/sources";
import { nextOnPath } from "../../src/trace/trace_model";
import { cutSentence, traceSummary } from "../../src/trace/trace_summary";
import { makeSpan, makeTrace } from "./make_trace";

const span = (depth: number, offsetNs = 0, durationNs = 100): Span => makeSpan({ depth, offsetNs, durationNs });
const WHOLE = { fromNs: 0, toNs: 1000 };

describe("bars", () => {
  const bar = (fromNs: number, durationNs: number, axis = WHOLE) => barOf(fromNs, fromNs + durationNs, axis, 400);

  it("lie inside the view and stay visible", () => {
    expect(bar(250, 500)).toEqual({ left: 100, width: 200 });
    expect(bar(999, 0)?.width).toBe(1);
    expect(bar(-50, 100)).toEqual({ left: 0, width: 20 });
    expect(bar(900, 5000)?.width).toBeCloseTo(40);
    expect(bar(0, 0, { fromNs: 0, toNs: 0 })?.width).toBeGreaterThan(0);
  });

  it("are left out where they lie beside the view", () => {
    expect(bar(5000, 10)).toBeNull();
    expect(bar(100, 10, { fromNs: 500, toNs: 600 })).toBeNull();
    expect(bar(400, 150, { fromNs: 500, toNs: 600 })).toEqual({ left: 0, width: 200 });
  });
});

describe("critical path", () => {
  // a 0..1000 ─┬ b 100..500 ── c 200..300
  //            └ d 600..700
  const named = (spanId: string, depth: number, offsetNs: number, durationNs: number): Span => ({ ...span(depth, offsetNs, durationNs), spanId });
  const spans = [named("a", 0, 0, 1000), named("b", 1, 100, 400), named("c", 2, 200, 100), named("d", 1, 600, 100)];
  const segment = (spanId: string, offsetNs: number, durationNs: number) => ({ spanId, offsetNs, durationNs });
  const criticalPath = [segment("a", 0, 200), segment("c", 200, 100), segment("a", 300, 700)];
  const trace: Trace = makeTrace(spans, { criticalPath });
  const all = combine(trace, []);
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
    expect([...onPath(all, path)]).toEqual([1, 1, 1, 0]);
    expect([...onPath(all, new Map())]).toEqual([0, 0, 0, 0]);
  });

  it("is walked in the order of time, and from beside it", () => {
    const ordered = pathOrder(all, path);
    expect(ordered).toEqual([0, 2]);
    expect([nextOnPath(ordered, spans, 0, 1), nextOnPath(ordered, spans, 2, 1), nextOnPath(ordered, spans, 2, -1)]).toEqual([2, null, 0]);
    expect([nextOnPath(ordered, spans, 1, 1), nextOnPath(ordered, spans, 3, -1), nextOnPath(ordered, spans, 3, 1)]).toEqual([2, 2, 2]);
    expect(nextOnPath([], spans, 0, 1)).toBeNull();
  });

  it("has runs of at least a pixel that do not overlap", () => {
    const part = (startNs: number, endNs: number) => ({ startNs, endNs });
    expect(pathRuns([part(0, 200), part(300, 1000)], WHOLE, 100)).toEqual([{ left: 0, width: 20 }, { left: 30, width: 70 }]);
    expect(pathRuns([part(500, 501), part(502, 503), part(504, 505)], WHOLE, 100)).toEqual([{ left: 50, width: expect.closeTo(1.4) }]);
    expect(pathRuns([part(999.9, 1000)], WHOLE, 100)).toEqual([{ left: 99, width: 1 }]);
    expect(pathRuns([part(-50, 100)], WHOLE, 100)).toEqual([{ left: 0, width: 10 }]);
    expect(pathRuns([], WHOLE, 100)).toEqual([]);
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

  it("says how much of a trace is shown", () => {
    expect(cutSentence(makeTrace([span(0)]))).toBeNull();
    expect(cutSentence(makeTrace([span(0)], { complete: false }))).toMatch(/^Showing 1 of a trace that has more: those that started first/);
    expect(cutSentence(makeTrace([span(0)], { complete: false, spansTotal: 1_200_000 }))).toMatch(/^Showing 1 of 1,200,000 spans/);
    expect(traceSummary(makeTrace([span(0), makeSpan({ status: "error", service: "etcd" })]))).toBe("2 spans · 2 services · 1 error");
  });

  it("filters by a place where an attribute names it", () => {
    const resource = [{ key: "host.name", value: "n1", type: "string" }, { key: "k8s.node.name", value: 'n"2', type: "string" }];
    expect(placeClause(resource, ["k8s.node.name", "host.name"])).toBe('resource.k8s.node.name = "n\\"2"');
    expect(placeClause(resource, ["host.name"])).toBe('resource.host.name = "n1"');
    expect(placeClause(resource, ["cloud.availability_zone"])).toBeNull();
  });

  it("says how a place is known", () => {
    expect(["host_name", "host.name", "node_file"].map(placeSource)).toEqual(["from host.name", "from host.name", "from the nodes file"]);
  });
});
