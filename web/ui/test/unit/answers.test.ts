import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { fetchCompare } from "../../src/api/compare";
import { fetchShares } from "../../src/api/shares";
import { loginWanted } from "../../src/base/client";
import { compareAnswer } from "../browser/mock_compare.mjs";
import { sharesAnswer } from "../browser/mock_shares.mjs";

const signal = new AbortController().signal;
const answerWith = (body: string, status = 200) => vi.stubGlobal("fetch", vi.fn(async () => new Response(body, { status })));
/** What the server's own tests hold its answers to. */
const golden = (name: string) => readFileSync(join(import.meta.dirname, `../../../src/api/${name}/golden.json`), "utf8");
const asked = () => JSON.parse(String(vi.mocked(fetch).mock.calls[0]?.[1]?.body)) as unknown;

afterEach(() => vi.unstubAllGlobals());

describe("fetchCompare", () => {
  const question = { of: "requests", filter: "{ kind = server }", selection: "{ duration >= 5ns }", start: "now-1h", end: "now" } as const;

  it("reads the server's answer", async () => {
    answerWith(golden("compare"));
    expect(await fetchCompare({ ...question, baseline: null }, signal)).toEqual({
      ok: true,
      value: {
        counts: { selected: 100, baseline: 1000 },
        findings: [
          {
            attribute: "k8s:verb",
            value: "list",
            filter: '{ k8s:verb = "list" }',
            counts: { selected: 90, baseline: 10 },
            shareSelected: 0.9,
            shareBaseline: 0.01,
            difference: 0.89,
            qValue: 1e-9,
            exemplars: [{ traceId: "01".repeat(16), spanId: "02".repeat(8), durationNs: 3 }],
            togetherWith: [{ attribute: "webhook", value: null, filter: null }],
          },
        ],
        hidden: [{ attribute: "span.audit-id", rows: 1100, distinct: 1100 }],
        compared: { attributes: 30, values: 400 },
        stats: {
          source: "scan",
          rowsRead: 1234,
          elapsedMs: 3.25,
          completeness: { complete: true, because: [], possibleDuplicates: false, rawDataFrom: null },
          completeTo: null,
        },
      },
    });
    expect(asked()).toEqual({ of: "requests", q: "{ kind = server }", selection: "{ duration >= 5ns }", start: "now-1h", end: "now", limit: 20 });
  });

  it("asks for another time, and reads findings without company", async () => {
    answerWith(JSON.stringify(compareAnswer({})));
    const result = await fetchCompare({ ...question, baseline: { start: "now-2h", end: "now-1h" } }, signal);
    expect(asked()).toMatchObject({ baseline: { start: "now-2h", end: "now-1h" } });
    expect(result.ok && result.value.findings[1]).toMatchObject({ filter: null, togetherWith: [] });
  });

  it("says what is wrong, and whose turn it is", async () => {
    answerWith('{"error":{"kind":"invalid","message":"selection: expected a value"}}', 400);
    expect(await fetchCompare({ ...question, baseline: null }, signal)).toMatchObject({ failure: { kind: "invalid", message: "selection: expected a value" } });
    answerWith('{"counts":{}}');
    expect(await fetchCompare({ ...question, baseline: null }, signal)).toMatchObject({ failure: { kind: "malformed" } });
    answerWith("{}", 401);
    await fetchCompare({ ...question, baseline: null }, signal);
    expect(loginWanted.value).toBe(true);
    loginWanted.value = false;
  });
});

describe("fetchShares", () => {
  const question = { of: "requests", filter: "{ }", start: "now-1h", end: "now", baseline: null, by: ["k8s_verb"], exemplars: 2 } as const;

  it("reads the server's answer", async () => {
    answerWith(golden("shares"));
    const times = { count: 2, totalNs: 100, phasesNs: [25, 75], exemplars: [] };
    expect(await fetchShares(question, signal)).toMatchObject({
      ok: true,
      value: {
        phases: ["authorization", "etcd_wire"],
        bounds: { p50: 10, p95: 20, p99: 30 },
        bands: [{ ...times, band: "above_p99", exemplars: [{ spanId: "02".repeat(8), durationNs: 60 }] }],
        baseline: [],
        groups: [{ values: ["list"], bands: [{ ...times, band: "to_p50" }] }],
        stats: { source: "scan", completeTo: null },
      },
    });
    expect(asked()).toEqual({ of: "requests", q: "{ }", start: "now-1h", end: "now", by: ["k8s_verb"], exemplars: 2, limit: 20 });
  });

  it("reads pod starts, which have no components, and leaves out bands of a newer server", async () => {
    const answer = sharesAnswer({ of: "pod_starts", by: ["zone"], exemplars: 2 });
    answerWith(JSON.stringify({ ...answer, bands: [...answer.bands, { ...answer.bands[0], band: "beyond" }] }));
    const result = await fetchShares({ ...question, of: "pod_starts", by: ["zone"] }, signal);
    if (!result.ok) throw new Error(result.failure.message);
    expect(result.value.bands.map(({ band }) => band)).toEqual(["to_p50", "p50_to_p95", "p95_to_p99", "above_p99"]);
    expect(result.value.groups.at(-1)?.values).toEqual([null]);
    expect(result.value.stats.completeTo).toBe(1_795_000_000_000_000_000n);
    expect(result.value.baseline).toBeNull();
  });
});
