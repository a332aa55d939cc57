import { afterEach, describe, expect, it, vi } from "vitest";
import { fetchLatency } from "../../src/api/latency";
import { fetchTrace } from "../../src/api/trace";
import type { Progress } from "../../src/base/answer_stream";
import { getForBlob, getJson, postJson } from "../../src/base/client";
import { reservation } from "../../src/base/completeness";
import { createQuery } from "../../src/base/query";
import { type Result, success } from "../../src/base/result";
import { progressWords } from "../../src/widgets/waiting";
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

  it("takes no file of another type than it asked for", async () => {
    const type = "application/vnd.apache.parquet";
    vi.stubGlobal("fetch", vi.fn(async () => new Response("PAR1", { headers: { "content-type": type } })));
    expect(await getForBlob("x", {}, type, signal)).toMatchObject({ ok: true, value: { size: 4 } });
    answerWith(200, "{}");
    expect(await getForBlob("x", {}, type, signal)).toMatchObject({ failure: { kind: "malformed", message: `the server gives no ${type} of this` } });
  });

  it("asks below the page's own address", async () => {
    answerWith(200, "{}");
    await getJson("api/v1/info", { a: "1 2", b: undefined }, signal);
    expect(String(vi.mocked(fetch).mock.calls[0]?.[0])).toBe(`${new URL("api/v1/info", document.baseURI)}?a=1+2`);
  });
});

describe("an answer as a stream of events", () => {
  const streamed = (...chunks: readonly string[]) => {
    const bytes = chunks.map((chunk) => new TextEncoder().encode(chunk));
    const body = new ReadableStream<Uint8Array>({ start: (controller) => (bytes.forEach((chunk) => controller.enqueue(chunk)), controller.close()) });
    vi.stubGlobal("fetch", vi.fn(async () => new Response(body, { headers: { "content-type": "text/event-stream; charset=utf-8" } })));
  };
  const ask = async () => {
    const told: Progress[] = [];
    return { result: await postJson("x", {}, signal, (progress) => told.push(progress)), told };
  };
  const accepted = () => new Headers(vi.mocked(fetch).mock.calls[0]?.[1]?.headers).get("accept");

  it("is asked for only where somebody wants to know how far it is", async () => {
    answerWith(200, "{}");
    await postJson("x", {}, signal);
    expect(accepted()).toBe("application/json");
    answerWith(200, '{"a":1}');
    expect((await ask()).result).toEqual(success({ a: 1 }));
    expect(accepted()).toBe("text/event-stream, application/json");
  });

  it("says how far it is and ends with the answer, wherever the chunks are cut", async () => {
    const text =
      ': hello\n\nevent: progress\ndata: {"elapsed_ms":500,"rows_read":7}\n\nevent: progress\r\ndata: {"percent":37.5,"rows_read":41,"rows":110,"bytes_read":9}\r\n\r\n' +
      'event: later\ndata: {}\n\nevent: progress\ndata: {"rows_read":"?"}\n\nevent: progress\ndata: {\n\nevent: answer\ndata: {"name":"Größe"}\n\n';
    for (const size of [1, 7, 1000]) {
      streamed(...(text.match(new RegExp(`[^]{1,${size}}`, "g")) ?? []));
      const { result, told } = await ask();
      expect(result).toEqual(success({ name: "Größe" }));
      expect(told).toEqual([
        { percent: null, rowsRead: 7, rows: null },
        { percent: 37.5, rowsRead: 41, rows: 110 },
      ]);
    }
  });

  it("ends with an error as its status and its text would have been, or with none at all", async () => {
    streamed('event: error\ndata: {"status":413,"error":{"kind":"too_large","message":"too much","position":{"offset":1,"length":2}}}\n\n');
    expect((await ask()).result).toEqual({ ok: false, failure: { kind: "limit", message: "too much", position: { offset: 1, length: 2 } } });
    streamed("event: error\ndata: {}\n\n");
    expect((await ask()).result).toMatchObject({ failure: { kind: "server" } });
    streamed("event: answer\ndata: <html>\n\n");
    expect((await ask()).result).toMatchObject({ failure: { kind: "malformed" } });
    streamed('event: progress\ndata: {"rows_read":1}\n\nevent: answer\ndata: {"cut":');
    expect((await ask()).result).toMatchObject({ failure: { kind: "network", message: "the answer broke off before its end" } });
  });
});

describe("how far a question is, in words", () => {
  it("says what is known", () => {
    expect(progressWords(null)).toBe("waiting for the answer");
    expect(progressWords({ percent: null, rowsRead: 0, rows: null })).toBe("waiting for the answer");
    expect(progressWords({ percent: null, rowsRead: 4_120_000, rows: null })).toBe("4.1 M rows read so far");
    expect(progressWords({ percent: 37.9, rowsRead: 4_120_000, rows: 11_000_000 })).toBe("reading 4.1 of 11.0 M rows, 37 %");
    expect(progressWords({ percent: null, rowsRead: 812, rows: 9_400 })).toBe("reading 812 of 9,400 rows");
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

  it("keep what the spans of a large trace share once, and tell all that differs", async () => {
    const answer = traceAnswer("a".repeat(32));
    const [first, second] = answer.spans;
    first.attributes = [["a", 1, "int"], ["a", "1", "string"], ["a", 1, "double"], ["a", [1], "array"], ["a", "[1]", "string"], ["b", null, "empty"]].map(([key, value, type]) => ({ key, value, type }));
    second.attributes = structuredClone(first.attributes);
    answer.spans.push(...new Array(20_000).fill({ ...first, attributes: [] }));
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
    const points = [{ t: "1", count: 1, errors: 0, quantiles: { "0.5": 1, "0.99": "slow" } }];
    const series = [{ labels: {}, count: 1, points }];
    answerWith(200, JSON.stringify({ start: "1", end: "2", step_ns: 1, sampling: { source: "none" }, series }));
    const inPoint = await fetchLatency(request, signal);
    expect(inPoint).toMatchObject({ failure: { message: expect.stringContaining("answer.series[0].points[0].quantiles.0.99 is not a number") } });
  });
});

describe("createQuery", () => {
  it("says how far the newest request is, and nothing of it once it has ended", async () => {
    const telling: ((progress: Progress) => void)[] = [];
    const ends: (() => void)[] = [];
    const query = createQuery<string, string>((key, _, onProgress) => {
      telling.push(onProgress);
      return new Promise((resolve) => ends.push(() => resolve(success(key))));
    });
    const progress = { percent: 1, rowsRead: 2, rows: 3 };
    void query.run("first");
    telling[0]?.(progress);
    expect(query.progress.value).toEqual(progress);
    const second = query.run("second");
    expect(query.progress.value).toBeNull();
    telling[0]?.(progress);
    expect(query.progress.value).toBeNull();
    telling[1]?.(progress);
    ends[1]?.();
    await second;
    expect(query.progress.value).toBeNull();
  });

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
