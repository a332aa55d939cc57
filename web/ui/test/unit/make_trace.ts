// Traces for tests: by hand, and small random ones from a seed.
import type { Span, Trace } from "../../src/api/trace";
import type { Component } from "../../src/base/palette";
import { parentsOf } from "../../src/trace/sources";

export function makeSpan(more: Partial<Span> = {}): Span {
  return {
    spanId: "", parentSpanId: null, depth: 0, orphan: false, name: "", kind: "internal", service: "apiserver", component: "apiserver", start: 0n, offsetNs: 0, durationNs: 100,
    selfNs: 0, clockSkewNs: null, node: null, zone: null, status: "unset", statusMessage: "", scope: { name: "", version: "" }, attributes: [], events: [], links: [],
    dropped: { attributes: 0, events: 0, links: 0 }, resource: 0, ...more,
  };
}

export function makeTrace(spans: readonly Span[], more: Partial<Trace> = {}): Trace {
  return {
    traceId: "", start: 0n, end: 0n, durationNs: 1000, complete: true, spansTotal: null, orphans: 0, completeness: { verdict: "complete", reasons: [] },
    answer: { complete: true, because: [], possibleDuplicates: false, rawDataFrom: null }, criticalPath: [], requests: [], spans, resources: [], ...more,
  };
}

export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 4294967296;
  };
}

const COMPONENTS: readonly Component[] = ["apiserver", "etcd", "kubelet"];
const NAMES = ["get", "get", "get", "put", "list"];

/** A random forest, depth first, some of whose roots name a parent that is not there. */
export function randomTrace(seed: number, count: number): Trace {
  const random = randomFrom(seed);
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)]!;
  let depth = 0;
  const spans = [...Array(count).keys()].map((index) => {
    depth = index === 0 ? 0 : Math.floor(random() * Math.min(depth + 2, 6));
    const name = pick(NAMES);
    return makeSpan({
      spanId: String(index), depth, name, component: pick(COMPONENTS), offsetNs: Math.floor(random() * 900), durationNs: Math.floor(random() * 100),
      status: random() < 0.1 ? "error" : "unset", orphan: depth === 0 && index > 0 && random() < 0.5,
      attributes: [{ key: pick(["verb", "code"]), value: pick(["LIST", "GET", 200]), type: "string" }],
    });
  });
  const parents = parentsOf(spans);
  return makeTrace(spans.map((span, index) => ({ ...span, parentSpanId: parents[index]! < 0 ? null : String(parents[index]) })));
}
