import { describe, expect, it } from "vitest";
import type { Span, Trace } from "../../src/api/trace";
import { panned, rulerTicks, within, zoomed } from "../../src/trace/axis";
import { componentTimes } from "../../src/trace/component_time";
import { lineOf } from "../../src/trace/draw_minimap";
import { flip, flipBelow, isOpen, reveal, rowOf, treeMove, visibleNodes } from "../../src/trace/folding";
import { density, foldSimilar } from "../../src/trace/runs";
import { failedSpans, findSpans, step } from "../../src/trace/search";
import { combine, extentOf, parentsOf, sourceOf } from "../../src/trace/sources";
import { foundWords } from "../../src/trace/trace_tools";
import { NODE, type Tree, buildTree, nodeKey, nodeWithKey } from "../../src/trace/tree";
import { makeSpan, makeTrace, randomFrom, randomTrace } from "./make_trace";

const NONE: ReadonlySet<number> = new Set();
const named = (names: string, depth = 1): readonly Span[] => [...names].map((name) => makeSpan({ name, depth }));
const traceOf = (depths: readonly number[]): Trace => makeTrace(depths.map((depth, index) => makeSpan({ depth, name: String(index) })));
const treeOf = (trace: Trace): Tree => buildTree(combine(trace, []));
const SEEDS = [...Array(40).keys()];

/** A node in a word: "span 3", "run 2 of 7" (first place and length), "link 0", "orphans". */
function wordOf(tree: Tree, node: number): string {
  const subject = tree.subjects[node]!;
  if (tree.kinds[node] === NODE.run) return `run ${tree.runs[subject]!.members[0]} of ${tree.runs[subject]!.members.length}`;
  return tree.kinds[node] === NODE.orphans ? "orphans" : `${tree.kinds[node] === NODE.span ? "span" : "link"} ${subject}`;
}
const words = (tree: Tree, flipped = NONE) => [...visibleNodes(tree, flipped)].map((node) => wordOf(tree, node));

describe("tree", () => {
  // 0 ─┬ 1 ─┬ 2
  //    │    └ 3
  //    └ 4
  // 5
  const tree = treeOf(traceOf([0, 1, 2, 2, 1, 0]));

  it("finds ends, parents, levels and places among siblings", () => {
    expect([...tree.ends]).toEqual([5, 4, 3, 4, 5, 6]);
    expect([...tree.parents]).toEqual([-1, 0, 1, 1, 0, -1]);
    expect([...tree.levels]).toEqual([1, 2, 3, 3, 2, 1]);
    expect([...tree.positions]).toEqual([1, 1, 1, 2, 2, 2]);
    expect([...tree.setSizes]).toEqual([2, 2, 2, 2, 2, 2]);
  });

  it("hides what is below a closed node, and reveals it", () => {
    const closed = [1, 0].reduce((set, node) => flip(set, nodeKey(tree, node)), NONE);
    expect(words(tree, closed)).toEqual(["span 0", "span 5"]);
    expect(reveal(tree, closed, 3).size).toBe(0);
    expect(reveal(tree, NONE, 3)).toBe(NONE);
  });

  it("moves by key", () => {
    const move = (at: number, key: string, flipped = NONE) => treeMove(visibleNodes(tree, flipped), tree, flipped, at, key, 10);
    expect(move(0, "ArrowDown")).toEqual({ select: 1 });
    expect(move(1, "ArrowLeft")).toEqual({ close: 1 });
    expect(move(3, "ArrowLeft")).toEqual({ select: 1 });
    expect(move(1, "ArrowRight", new Set([nodeKey(tree, 1)]))).toEqual({ open: 1 });
    expect(move(2, "End")).toEqual({ select: 5 });
    expect(move(2, "PageUp")).toEqual({ select: 0 });
    expect(move(5, "ArrowLeft")).toBeNull();
    expect(move(2, "x")).toBeNull();
    expect([move(-1, "ArrowDown"), move(-1, "x")]).toEqual([{ select: 0 }, null]);
    expect(treeMove(new Int32Array(0), tree, NONE, -1, "ArrowDown", 10)).toBeNull();
  });

  it("opens and closes everything below", () => {
    const closed = flipBelow(tree, NONE, 0);
    expect(words(tree, closed)).toEqual(["span 0", "span 5"]);
    expect(flipBelow(tree, closed, 0).size).toBe(0);
    const one = flip(NONE, nodeKey(tree, 1));
    expect(words(tree, flipBelow(tree, one, 0)).length).toBe(6);
  });

  it("takes a chain of a hundred thousand spans", () => {
    const chain = treeOf(traceOf([...Array(100_000).keys()]));
    expect(visibleNodes(chain, NONE).length).toBe(100_000);
    expect(visibleNodes(chain, flip(NONE, nodeKey(chain, 0))).length).toBe(1);
  });

  it("groups the spans without a parent, unless there is only one root", () => {
    const spans = [makeSpan({ name: "a" }), makeSpan({ name: "b", orphan: true }), makeSpan({ name: "c", depth: 1 }), makeSpan({ name: "d" })];
    const grouped = treeOf(makeTrace(spans));
    expect(words(grouped)).toEqual(["span 0", "span 3", "orphans", "span 1", "span 2"]);
    expect(grouped.orphans).toBe(1);
    expect([...grouped.levels]).toEqual([1, 1, 1, 2, 3]);
    const alone = treeOf(makeTrace(spans.slice(1, 3)));
    expect([words(alone), alone.orphans]).toEqual([["span 0", "span 1"], 0]);
  });

  it("keeps only what is asked for", () => {
    const all = combine(traceOf([0, 1, 2, 2, 1, 0]), []);
    const only = buildTree(all, Uint8Array.from([1, 1, 0, 1, 0, 0]));
    expect(words(only)).toEqual(["span 0", "span 1", "span 3"]);
    expect([...only.nodes]).toEqual([0, 1, -1, 2, -1, -1]);
  });

  it.each(SEEDS)("of a random trace holds every span once, below its parent (%i)", (seed) => {
    const trace = randomTrace(seed, 60);
    const all = combine(trace, []);
    const random = buildTree(all);
    const spans = [...random.subjects].filter((_, node) => random.kinds[node] === NODE.span);
    expect([...spans].sort((a, b) => a - b)).toEqual([...trace.spans.keys()]);
    for (let node = 0; node < random.size; node++) {
      expect(nodeWithKey(random, nodeKey(random, node))).toBe(node);
      if (random.kinds[node] !== NODE.span) continue;
      let above = random.parents[node]!;
      while (above >= 0 && random.kinds[above] !== NODE.span) above = random.parents[above]!;
      expect(above < 0 ? -1 : random.subjects[above]).toBe(all.parents[random.subjects[node]!]);
      const shown = visibleNodes(random, reveal(random, NONE, node));
      expect(rowOf(shown, node)).toBeGreaterThanOrEqual(0);
    }
  });
});

describe("runs of similar siblings", () => {
  const fold = (names: string) => foldSimilar(named(names), [...names].map((_, place) => place)).map((one) => (typeof one === "number" ? one : [...one.members]));

  it("are one from five on, of one name and component", () => {
    expect(fold("aaaab")).toEqual([0, 1, 2, 3, 4]);
    expect(fold("baaaaab")).toEqual([0, [1, 2, 3, 4, 5], 6]);
    expect(fold("aaaaabbbbb")).toEqual([[0, 1, 2, 3, 4], [5, 6, 7, 8, 9]]);
    const mixed = [...named("aaa"), ...named("aa").map((span) => ({ ...span, component: "etcd" as const }))];
    expect(foldSimilar(mixed, [0, 1, 2, 3, 4])).toEqual([0, 1, 2, 3, 4]);
  });

  it("say what they add up to", () => {
    const spans = [4, 1, 2, 3, 5].map((durationNs, index) => makeSpan({ durationNs, offsetNs: index * 10, status: index === 2 ? "error" : "ok" }));
    expect(foldSimilar(spans, [0, 1, 2, 3, 4])).toEqual([{ members: [0, 1, 2, 3, 4], totalNs: 15, longestNs: 5, errors: 1, fromNs: 0, toNs: 45 }]);
  });

  it("are closed rows until they are opened", () => {
    const tree = treeOf(makeTrace([makeSpan({ name: "root" }), ...named("aaaaaa"), ...named("b")]));
    expect(words(tree)).toEqual(["span 0", "run 1 of 6", "span 7"]);
    const open = reveal(tree, NONE, tree.nodes[4]!);
    expect(words(tree, open).length).toBe(9);
    expect(isOpen(tree, 1, open)).toBe(true);
    expect(tree.levels[tree.nodes[4]!]).toBe(3);
  });

  it.each(SEEDS)("have as many spans in each pixel as there are (%i)", (seed) => {
    const { spans } = randomTrace(seed, 30);
    const places = spans.map((_, place) => place);
    const run = { members: places, totalNs: 0, longestNs: 0, errors: 0, fromNs: 0, toNs: 1000 };
    const [fromNs, toNs, width] = [200, 700, 50];
    const column = (ns: number) => Math.floor(((ns - fromNs) * width) / (toNs - fromNs));
    const expected = [...Array(width).keys()].map(
      (pixel) => spans.filter(({ offsetNs, durationNs }) => column(offsetNs) <= pixel && pixel < Math.max(column(offsetNs + durationNs), column(offsetNs) + 1)).length,
    );
    // A span that ends in the first pixel is drawn there, though its length there is none.
    const before = spans.filter(({ offsetNs, durationNs }) => column(offsetNs) < 0 && column(offsetNs + durationNs) === 0).length;
    expected[0]! += before;
    expect([...density(spans, run, fromNs, toNs, width)]).toEqual(expected);
  });
});

describe("linked traces", () => {
  const link = (traceId: string) => ({ traceId, spanId: "", attributes: [] });
  const opened = makeTrace([makeSpan({ name: "a", links: [link("b")] }), makeSpan({ name: "a1", depth: 1 })], { traceId: "a", start: 1000n });
  const linked = makeTrace([makeSpan({ name: "b", offsetNs: 5 }), makeSpan({ name: "b1", depth: 1, offsetNs: 7 })], { traceId: "b", start: 700n, durationNs: 400 });
  const all = combine(opened, [{ link: 0, trace: linked }]);

  it("are rows under their span, closed at first", () => {
    const before = treeOf(opened);
    expect(words(before)).toEqual(["span 0", "link 0", "span 1"]);
    const tree = buildTree(all);
    expect(words(tree)).toEqual(["span 0", "link 0", "span 1"]);
    expect(words(tree, flip(NONE, nodeKey(tree, 1)))).toEqual(["span 0", "link 0", "span 2", "span 3", "span 1"]);
    expect(nodeKey(before, 1)).toBe(nodeKey(tree, 1));
  });

  it("lie at their real time", () => {
    expect(all.spans.map(({ offsetNs }) => offsetNs)).toEqual([0, 0, -295, -293]);
    expect(extentOf(all)).toEqual({ fromNs: -300, toNs: 1000 });
    expect([sourceOf(all, 1).trace, sourceOf(all, 2).trace]).toEqual([opened, linked]);
    expect([...parentsOf(all.spans)]).toEqual([-1, 0, -1, 2]);
  });
});

describe("time axis", () => {
  const whole = { fromNs: 0, toNs: 1000_000 };

  it("zooms at a point, pans, and never leaves the whole", () => {
    expect(zoomed(whole, whole, 0.5, 0.5)).toEqual({ fromNs: 250_000, toNs: 750_000 });
    expect(zoomed(whole, whole, 0.5, 0)).toEqual({ fromNs: 0, toNs: 500_000 });
    expect(zoomed(whole, { fromNs: 0, toNs: 500_000 }, 10, 0.5)).toEqual(whole);
    expect(panned(whole, { fromNs: 0, toNs: 500_000 }, 0.5)).toEqual({ fromNs: 250_000, toNs: 750_000 });
    expect(panned(whole, { fromNs: 0, toNs: 500_000 }, -1)).toEqual({ fromNs: 0, toNs: 500_000 });
    expect(panned(whole, { fromNs: 0, toNs: 500_000 }, 9)).toEqual({ fromNs: 500_000, toNs: 1000_000 });
    expect(zoomed(whole, whole, 0, 0.5).toNs).toBeGreaterThan(zoomed(whole, whole, 0, 0.5).fromNs);
    expect(within({ fromNs: 0, toNs: 10 }, { fromNs: 2, toNs: 3 })).toEqual({ fromNs: 0, toNs: 10 });
  });

  it("has a ruler of round times, of any part", () => {
    expect(rulerTicks({ fromNs: 0, toNs: 812e6 }, 400, 80)).toEqual([0, 2e8, 4e8, 6e8, 8e8]);
    expect(rulerTicks({ fromNs: 150, toNs: 420 }, 300, 100)).toEqual([200, 300, 400]);
    expect(rulerTicks({ fromNs: -300, toNs: 300 }, 300, 50)).toEqual([-300, -200, -100, 0, 100, 200, 300]);
    expect(rulerTicks({ fromNs: 0, toNs: 0 }, 400)).toEqual([0]);
  });

  it("is drawn whole in the minimap, each span within it", () => {
    expect(lineOf(whole, 0, 1000_000, 0, 200, 32)).toEqual({ left: 0, width: 200, top: 0 });
    expect(lineOf(whole, 999_999, 999_999, 0.999, 200, 32)).toEqual({ left: 198, width: 2, top: 31 });
    expect(lineOf(whole, -500, 500_000, 0.5, 200, 32)).toEqual({ left: 0, width: 100, top: 16 });
    expect(lineOf(whole, 5e9, 6e9, 1, 200, 32)).toEqual({ left: 199, width: 1, top: 31 });
  });
});

describe("search", () => {
  const spans = [
    makeSpan({ name: "GET /api", attributes: [{ key: "http.target", value: "/api/v1/pods?limit=(5", type: "string" }] }),
    makeSpan({ name: "txn", events: [{ offsetNs: 0, name: "retry", attributes: [{ key: "code", value: 409, type: "int" }] }] }),
    makeSpan({ name: "range", statusMessage: "deadline", resource: 1 }),
  ];
  const all = combine(makeTrace(spans, { resources: [{ attributes: [], schemaUrl: "" }, { attributes: [{ key: "host.name", value: "Node-7", type: "string" }], schemaUrl: "" }] }), []);
  const find = (text: string) => [...findSpans(all, text)];

  it("looks at names, keys, values, events, status and resource", () => {
    expect(find("get")).toEqual([0]);
    expect(find("HTTP.TARGET")).toEqual([0]);
    expect(find("limit=(5")).toEqual([0]);
    expect(find("retry")).toEqual([1]);
    expect(find("409")).toEqual([1]);
    expect(find("code=409")).toEqual([1]);
    expect(find("deadline")).toEqual([2]);
    expect(find("node-7")).toEqual([2]);
    expect(find("host.name=node")).toEqual([2]);
    expect(find("apiserver")).toEqual([0, 1, 2]);
    expect([find("nowhere"), find("  ")]).toEqual([[], []]);
  });

  it("steps forth and back, around the ends", () => {
    const places = Int32Array.from([2, 5, 9]);
    expect([step(places, 2, 1), step(places, 3, 1), step(places, 9, 1)]).toEqual([5, 5, 2]);
    expect([step(places, 9, -1), step(places, 2, -1), step(places, 4, -1)]).toEqual([5, 9, 2]);
    expect(step(new Int32Array(0), 2, 1)).toBeNull();
    expect([foundWords("", 0, -1), foundWords("x", 0, -1), foundWords("x", 17, -1), foundWords("x", 17, 2)]).toEqual(["", "none found", "17 found", "3 of 17"]);
  });

  it.each(SEEDS)("finds what a plain loop finds (%i)", (seed) => {
    const trace = randomTrace(seed, 40);
    const random = combine(trace, []);
    for (const text of ["get", "LIST", "verb", "20", "code=2"]) {
      const plain = trace.spans.flatMap((span, place) => {
        const texts = [span.name, span.service, span.spanId, ...span.attributes.flatMap(({ key, value }) => [key, String(value), `${key}=${value}`])];
        return texts.some((one) => one.toLowerCase().includes(text.toLowerCase())) ? [place] : [];
      });
      expect([...findSpans(random, text)], text).toEqual(plain);
    }
    expect([...failedSpans(random)]).toEqual(trace.spans.flatMap(({ status }, place) => (status === "error" ? [place] : [])));
  });
});

describe("time by component", () => {
  it.each(SEEDS)("is what counting each nanosecond gives (%i)", (seed) => {
    const random = randomFrom(seed + 1000);
    const trace = randomTrace(seed, 25);
    const criticalPath = [...Array(8).keys()].map(() => ({ spanId: String(Math.floor(random() * 30)), offsetNs: 0, durationNs: Math.floor(random() * 50) }));
    const times = componentTimes({ ...trace, criticalPath });
    for (const { component, spans, onPathNs, coveredNs, summedNs } of times) {
      const own = trace.spans.filter((span) => span.component === component);
      const running = [...Array(1100).keys()].filter((ns) => own.some(({ offsetNs, durationNs }) => offsetNs <= ns && ns < offsetNs + durationNs));
      expect([spans, coveredNs, summedNs]).toEqual([own.length, running.length, own.reduce((sum, { durationNs }) => sum + durationNs, 0)]);
      expect(onPathNs).toBe(criticalPath.reduce((sum, segment) => sum + (trace.spans[Number(segment.spanId)]?.component === component ? segment.durationNs : 0), 0));
      expect(coveredNs).toBeLessThanOrEqual(summedNs);
    }
    expect(times.map(({ component }) => component).sort()).toEqual([...new Set(trace.spans.map(({ component }) => component))].sort());
  });
});
