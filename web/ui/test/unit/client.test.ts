import { afterEach, describe, expect, it, vi } from "vitest";
import { fetchLatency } from "../../src/api/latency";
import { fetchTrace } from "../../src/api/trace";
import { getJson } from "../../src/base/client";
import { reservation } from "../../src/base/completeness";
import { createQuery } from "../../src/base/query";
import { type Result, success } from "../../src/base/result";
import { latencyAnswer } from "../browser/mock_data.mjs";
import { traceAnswer } from "../browser/mock_trace.mjs";

const signal = new AbortController().signal;
const answerWith = (status: number, body: string) => vi.stubGlobal("fetch", vi.fn(async () => new Response(body, { status })));

afterEach(() => vi.unstubAllGlobals());

describe("getJson", () => {
  it("tells failures apart", async () => {
    answerWith(400, '{"error":{"kind":"invalid","message":"bad","position":{"offset":3,"length":2}}}');
    expect(await getJson("x", {}, signal)).toEqual({ ok: false, failure: { kind: "invalid", message: "bad", position: { offset: 3, length: 2 } } });
    answerWith(503, "busy");
    expect(await getJson("x", {}, signal)).toMatchObject({ failure: { kind: "unavailable" } });
    answerWith(404, "null");
    expect(await getJson("x", {}, signal)).toMatchObject({ failure: { kind: "not_found" } });
    answerWith(200, "<html>");
    expect(await getJson("x", {}, signal)).toMatchObject({ failure: { kind: "malformed" } });
    vi.stubGlobal("fetch", vi.fn(async () => Promise.reject(new TypeError("refused"))));
    expect(await getJson("x", {}, signal)).toMatchObject({ failure: { kind: "network" } });
  });

  it("asks below the page's own address", async () => {
    answerWith(200, "{}");
    await getJson("api/v1/info", { a: "1 2", b: undefined }, signal);
    expect(String(vi.mocked(fetch).mock.calls[0]?.[0])).toBe(`${new URL("api/v1/info", document.baseURI)}?a=1+2`);
  });
});

describe("endpoints", () => {
  const request = { filter: "{ }", start: "now-1h", end: "now", quantiles: ["0.5", "0.99"], by: ["name"], exemplars: 3, limit: 8 };

  it("read a latency answer with times as bigint", async () => {
    answerWith(200, JSON.stringify(latencyAnswer(["name"])));
    const result = await fetchLatency(request, signal);
    expect(result).toMatchObject({ ok: true, value: { end: 1_795_000_000_000_000_000n, stepNs: 1e10 } });
    const series = result.ok ? result.value.series : [];
    expect(series.at(-1)).toMatchObject({ other: true, labels: [["name", null]] });
    expect(series[5]?.points[0]?.intervals.get("0.99")?.[1]).toBeNull();
    expect(series[0]?.exemplars[0]).toMatchObject({ pick: "quantile", quantile: "0.99" });
  });

  it("read a trace", async () => {
    answerWith(200, JSON.stringify(traceAnswer("a".repeat(32))));
    const result = await fetchTrace({ traceId: "a".repeat(32), near: null }, signal);
    expect(result).toMatchObject({ ok: true, value: {
      orphans: 1,
      completeness: { verdict: "partial" },
      requests: [{ verb: "get" }, { verb: "create", code: 201, webhooks: [{ waitedNs: 88e6 }, { failed: true }] }],
    } });
  });

  it("keep what spans share once, and tell all that differs", async () => {
    const answer = traceAnswer("a".repeat(32));
    const [first, second] = answer.spans;
    first.attributes = [["a", 1, "int"], ["a", "1", "string"], ["a", 1, "double"], ["a", [1], "array"], ["a", "[1]", "string"], ["b", null, "empty"]].map(([key, value, type]) => ({ key, value, type }));
    second.attributes = structuredClone(first.attributes);
    answerWith(200, JSON.stringify(answer));
    const result = await fetchTrace({ traceId: "a".repeat(32), near: null }, signal);
    const [one, other] = result.ok ? result.value.spans : [];
    expect(one?.attributes).toEqual(first.attributes);
    one?.attributes.forEach((attribute, place) => expect(other?.attributes[place]).toBe(attribute));
    expect(other?.scope).toBe(one?.scope);
  });

  it("say in words why an answer is not complete", async () => {
    const doubt = async (stats: object) => {
      const answer = latencyAnswer(["name"]);
      answerWith(200, JSON.stringify({ ...answer, stats: { ...answer.stats, ...stats } }));
      const result = await fetchLatency(request, signal);
      return result.ok ? reservation(result.value.stats.completeness) : "no answer";
    };
    expect(await doubt({})).toBeNull();
    expect(await doubt({ complete: false, incomplete_because: ["replaying", "writer_unreachable"], replaying: true })).toBe(
      "incomplete: the server has just started and is still reading back spans that it had acknowledged; writer unreachable",
    );
    expect(await doubt({ complete: false })).toBe("incomplete: part of the data could not be read");
    const gone = { complete: false, incomplete_because: ["past_retention"] };
    expect(await doubt({ ...gone, raw_data_from: "1769860800000000000" })).toMatch(/removed by retention.*; spans reach back to 2026-01-31 /);
    expect(await doubt(gone)).not.toContain("reach back");
    expect(await doubt({ raw_data_from: "1769860800000000000" })).toBeNull();
    expect(await doubt({ possible_duplicates: true })).toBe("spans that were sent twice may be counted twice");
  });

  it("name the place that is wrong", async () => {
    answerWith(200, '{"start":"1","end":2}');
    const result = await fetchLatency(request, signal);
    expect(result).toMatchObject({ ok: false, failure: { kind: "malformed", message: expect.stringContaining("answer.end is not a decimal string") } });
  });
});

describe("createQuery", () => {
  it("keeps the newest request's answer, whichever comes last", async () => {
    const waiting = new Map<string, (result: Result<string>) => void>();
    const aborted: string[] = [];
    const query = createQuery<string, string>((key, abort) => {
      abort.addEventListener("abort", () => aborted.push(key));
      return new Promise((resolve) => waiting.set(key, resolve));
    });
    const first = query.run("first");
    const second = query.run("second");
    waiting.get("second")?.(success("new"));
    await second;
    waiting.get("first")?.(success("old"));
    await first;
    expect(query.state.value).toEqual({ loading: false, value: "new", failure: null, answeredAt: expect.any(Number) });
    expect(aborted).toEqual(["first"]);
  });
});
