import { afterEach, expect, it, vi } from "vitest";
import { fetchRelated } from "../../src/api/related";
import { auditIdsOf } from "../../src/trace/related";
import { makeSpan, makeTrace } from "./make_trace";

afterEach(() => vi.unstubAllGlobals());

const found = (trace_id: string, attributes: object, has_more = false) => ({
  traces: [{ trace_id, root_name: null, root_service: "etcd", start: "1", duration_ns: 5, spans: 1, spansets: [{ matched: 1, spans: [{ span_id: `${trace_id}0`, attributes }] }] }],
  looked_at: { traces: 1, has_more },
});

function answer(...answers: readonly object[]) {
  const asked: { text: string; start: string; end: string }[] = [];
  vi.stubGlobal("fetch", vi.fn(async (_: URL, request: RequestInit) => {
    asked.push(JSON.parse(String(request.body)) as (typeof asked)[number]);
    return new Response(JSON.stringify(answers[asked.length - 1]));
  }));
  return asked;
}

const ask = (auditIds: readonly string[]) => fetchRelated({ traceId: "a", start: 5n, end: 9n, auditIds }, new AbortController().signal);

it("asks for links and for audit ids, and tells a trace that has both once", async () => {
  const asked = answer(found("b", { "link:traceID": "a", "link:spanID": "a1" }), found("b", { "span.audit-id": "x" }, true));
  expect(await ask(["x", 'y"'])).toEqual({
    ok: true,
    value: { traces: [{ traceId: "b", spanId: "b0", rootName: null, rootService: "etcd", durationNs: 5, to: { spanId: "a1" } }], hasMore: true },
  });
  expect(asked).toMatchObject([
    { text: '{ link:traceID = "a" } | select(link:traceID, link:spanID)', start: "5", end: "9" },
    { text: '{ span.audit-id = "x" || span.audit-id = "y\\"" } | select(span.audit-id)' },
  ]);
});

it("leaves out the trace itself, and asks for no audit id where there is none", async () => {
  const asked = answer(found("a", { "link:spanID": "a1" }));
  expect(await ask([])).toEqual({ ok: true, value: { traces: [], hasMore: false } });
  expect(asked.length).toBe(1);
});

it("names each audit id of a trace once, and not thousands", () => {
  const withId = (value: string | number) => makeSpan({ attributes: [{ key: "audit-id", value, type: "string" }] });
  expect(auditIdsOf(makeTrace([withId("x"), withId("y"), withId("x"), withId(7), makeSpan()]))).toEqual(["x", "y"]);
  expect(auditIdsOf(makeTrace([...Array(100).keys()].map((index) => withId(`id ${index}`)))).length).toBe(20);
});
