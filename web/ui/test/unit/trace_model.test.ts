import { signal } from "@preact/signals";
import { describe, expect, it, vi } from "vitest";
import type { RelatedTrace, RelatedTraces } from "../../src/api/related";
import type { SpanLink, Trace } from "../../src/api/trace";
import { type Result, failure, success } from "../../src/base/result";
import { rowContent } from "../../src/trace/row_content";
import { createTraceModel } from "../../src/trace/trace_model";
import { relatedWords } from "../../src/trace/trace_tools";
import { NODE } from "../../src/trace/tree";
import { makeSpan, makeTrace } from "./make_trace";

const link = (traceId: string): SpanLink => ({ traceId, spanId: `${traceId}1`, attributes: [] });
const read = (index: number) => makeSpan({ spanId: `r${index}`, name: "get", depth: 1, offsetNs: index * 100, durationNs: 50, status: index === 3 ? "error" : "ok" });
const OPENED = makeTrace([makeSpan({ spanId: "a0", name: "list", links: [link("b"), link("a")], durationNs: 1000 }), ...[0, 1, 2, 3, 4, 5].map(read)], {
  traceId: "a",
  start: 1000n,
  criticalPath: [{ spanId: "a0", offsetNs: 0, durationNs: 500 }, { spanId: "r5", offsetNs: 500, durationNs: 50 }],
});
const LINKED = makeTrace([makeSpan({ spanId: "b0", name: "sync" }), makeSpan({ spanId: "b1", depth: 1, name: "get", links: [link("a")] })], { traceId: "b", start: 900n, durationNs: 400 });

function modelOf(answer: Result<Trace> = success(LINKED), selected: string | null = null, related: Result<RelatedTraces> = success({ traces: [], hasMore: false })) {
  const onSelect = vi.fn();
  const fetchLinked = vi.fn(async () => answer);
  const pathOnly = signal(false);
  const fetchRelated = vi.fn(async () => related);
  return { model: createTraceModel({ trace: OPENED, selected, pathOnly, onSelect, fetchLinked, fetchRelated }), onSelect, fetchLinked, fetchRelated, pathOnly };
}

const namesOf = (model: ReturnType<typeof modelOf>["model"]) => [...model.rows.value].map((node) => `${rowContent(model, node).prefix} ${rowContent(model, node).name}`.trim());

describe("an open trace", () => {
  it("begins with the span that the URL names, and tells nobody", () => {
    const { model, onSelect } = modelOf(undefined, "r4");
    expect(model.span.value?.spanId).toBe("r4");
    expect(model.rows.value.length).toBe(10);
    expect(onSelect).not.toHaveBeenCalled();
    expect(modelOf(undefined, "elsewhere").model.span.value?.spanId).toBe("a0");
  });

  it("follows the owner to another span, and not beyond the trace", () => {
    const { model, onSelect } = modelOf();
    model.select.follow("r2");
    expect(model.span.value?.spanId).toBe("r2");
    model.select.follow("elsewhere");
    model.select.follow(null);
    expect(model.span.value?.spanId).toBe("r2");
    expect(onSelect).not.toHaveBeenCalled();
  });

  it("folds what is similar, and says what it adds up to", () => {
    const { model } = modelOf();
    expect(namesOf(model)).toEqual(["list", "⇢ trace b… · open it here", "⇢ trace a… · shown in this view already", "6 × get · Σ 300 ns · max 50 ns"]);
    const run = rowContent(model, model.rows.value[3]!);
    expect([run.failed, run.badges[0]?.label, run.pathNote, run.open]).toEqual([true, "1 failed", "on the critical path: 50 ns", false]);
  });

  it("steps to errors, matches and along the path, and tells the owner", () => {
    const { model, onSelect } = modelOf();
    model.stepError(1);
    expect(onSelect).toHaveBeenLastCalledWith("r3");
    model.query.value = "r2";
    model.stepFound(1);
    expect(model.span.value?.spanId).toBe("r2");
    model.stepPath(1);
    expect(model.span.value?.spanId).toBe("r5");
    model.stepPath(1);
    expect(model.span.value?.spanId).toBe("r5");
  });

  it("shows only the path, and keeps its place", () => {
    const { model, pathOnly } = modelOf(undefined, "r5");
    pathOnly.value = true;
    expect(namesOf(model)).toEqual(["list", "⇢ trace b… · open it here", "⇢ trace a… · shown in this view already", "get"]);
    expect(model.at.value).toBe(3);
  });

  it("fetches a linked trace once, puts it at its time, and follows a link back within the view", async () => {
    const { model, fetchLinked } = modelOf();
    const node = model.rows.value[1]!;
    model.toggle(node);
    expect(namesOf(model)[1]).toBe("⇢ trace b… · being fetched");
    await vi.waitFor(() => expect(model.all.value.sources.length).toBe(2));
    expect(namesOf(model).slice(1, 5)).toEqual(["⇢ apiserver sync, 2 spans · starts 100 ns before it", "sync", "get", "⇢ trace a… · shown in this view already"]);
    expect(model.whole.value).toEqual({ fromNs: -100, toNs: 1000 });
    model.toggle(node);
    model.toggle(node);
    expect(fetchLinked).toHaveBeenCalledTimes(1);
    model.select.follow("b1");
    expect(model.sourceOf(model.shown.value).trace.traceId).toBe("b");
    const back = model.rows.value[4]!;
    expect(model.tree.value.kinds[back]).toBe(NODE.link);
    model.toggle(back);
    expect(model.span.value?.spanId).toBe("a0");
  });

  it("keeps a link whose trace is not there, with the reason", async () => {
    const { model, fetchLinked } = modelOf(failure("not_found", "no such trace"));
    model.toggle(model.rows.value[1]!);
    await vi.waitFor(() => expect(namesOf(model)[1]).toBe("⇢ trace b… · no such trace"));
    await model.openLink(0);
    expect(fetchLinked).toHaveBeenCalledTimes(2);
  });

  it("shows traces that link here under the span that they name, and asks for them once", async () => {
    const found = (traceId: string, spanId: string): RelatedTrace => ({ traceId, spanId: `${traceId}9`, rootName: "GET", rootService: "apiserver", durationNs: 400, to: { spanId } });
    const { model, fetchRelated } = modelOf(undefined, null, success({ traces: [found("b", "a0"), found("d", "r2"), found("e", "not here")], hasMore: true }));
    await model.findRelated();
    await model.findRelated();
    expect(fetchRelated).toHaveBeenCalledTimes(1);
    expect(model.related.value).toEqual({ found: 2, hasMore: true });
    expect(model.all.value.links.slice(2).map(({ owner, link: { traceId } }) => [traceId, owner])).toEqual([["d", 3], ["e", 0]]);
    expect(rowContent(model, model.activeNode.value).name).toBe("apiserver GET, 400 ns · links here · open it here");
    expect(model.at.value, "the run that it lies in is opened").toBeGreaterThan(0);
  });

  it("places what was found after a linked trace behind that trace's own links", async () => {
    const { model } = modelOf(undefined, null, success({ traces: [{ traceId: "d", spanId: "d0", rootName: null, rootService: null, durationNs: 1, to: { spanId: "r2" } }], hasMore: false }));
    await model.openLink(0);
    await model.findRelated();
    expect(model.all.value.links.map(({ link: { traceId } }) => traceId)).toEqual(["b", "a", "a", "d"]);
    expect(model.all.value.sources.map(({ link: at }) => at)).toEqual([null, 0]);
  });

  it("can be asked again for what links here where that failed", async () => {
    const { model, fetchRelated } = modelOf(undefined, null, failure("limit", "the query took too long"));
    await model.findRelated();
    expect(relatedWords(model.related.value)).toBe("the query took too long");
    await model.findRelated();
    expect(fetchRelated).toHaveBeenCalledTimes(2);
  });
});
