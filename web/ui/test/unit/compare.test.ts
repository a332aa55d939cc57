import { afterEach, describe, expect, it, vi } from "vitest";
import type { LatencySeries } from "../../src/api/latency";
import { clauseParts, joinClauses } from "../../src/base/clauses";
import { differenceWords, excludingClause, hiddenReason, includingClauses, surenessNote, surenessWords, valueWords } from "../../src/compare/words";
import { seriesClauses } from "../../src/explore/compare_steps";
import { fetchComparison } from "../../src/explore/comparison";
import { baselineWords, nothingToShow, selectedWords, sideNames } from "../../src/explore/comparison_words";
import { DEFAULT_CLAUSES } from "../../src/explore/default_view";
import { scopeOf } from "../../src/explore/scope";
import { stretchOf, timeBefore } from "../../src/explore/stretch";
import { readView, writeView } from "../../src/explore/view";
import { compareAnswer } from "../browser/mock_compare.mjs";
import { latencyAnswer } from "../browser/mock_data.mjs";
import { sharesAnswer } from "../browser/mock_shares.mjs";

afterEach(() => vi.unstubAllGlobals());

describe("words of findings", () => {
  it("say the difference in points and how sure it is", () => {
    expect([0.89, -0.22, 0.049, 0].map(differenceWords)).toEqual(["+89 points", "−22 points", "+4.9 points", "+0.0 points"]);
    expect([0, 1e-9, 4e-4, 0.01].map(surenessWords)).toEqual(["not chance", "not chance", "hardly chance", "probably not chance"]);
    expect(surenessNote(1e-9)).toMatch(/^q-value 1.0e-9: /);
    expect(surenessNote(0.0042)).toMatch(/^q-value 0.004: /);
    expect(surenessNote(0)).toMatch(/^q-value below 1e-300: /);
  });

  it("tell a missing value from an empty one", () => {
    const value = (text: string | null) => valueWords({ attribute: "a", value: text, filter: null });
    expect([null, "", "list"].map(value)).toEqual(["none", "empty", "list"]);
  });

  it("make clauses of a finding's filter", () => {
    expect(includingClauses("{ span.limit >= 512 && span.limit < 1024 }")).toEqual(["span.limit >= 512", "span.limit < 1024"]);
    expect(excludingClause('{ k8s:verb = "a && b" }')).toBe('k8s:verb != "a && b"');
    expect(excludingClause("{ k8s:verb = nil }")).toBe("k8s:verb != nil");
    expect(excludingClause("{ span.limit >= 512 && span.limit < 1024 }")).toBe("!(span.limit >= 512 && span.limit < 1024)");
    expect(excludingClause("{ span.limit >= 512 }")).toBe("!(span.limit >= 512)");
    expect(joinClauses(["kind = server", excludingClause("{ a >= 1 && a < 2 }")])).toBe("{ kind = server && !(a >= 1 && a < 2) }");
  });

  it("say why an attribute is left out", () => {
    expect(hiddenReason({ attribute: "a", rows: 1100, distinct: 1100 })).toBe("nearly every row has a value of its own: 1,100 in 1,100 rows");
    expect(hiddenReason({ attribute: "a", rows: 100_000, distinct: 4096 })).toBe("too many different values to tell them apart: 4,096 in 100,000 rows");
  });
});

describe("scopeOf", () => {
  it("keeps what rows know", () => {
    expect(scopeOf("requests", DEFAULT_CLAUSES)).toEqual({ applied: DEFAULT_CLAUSES, left: [] });
    expect(scopeOf("pod_starts", [...DEFAULT_CLAUSES, 'k8s:namespace = "prod"', "duration > 1s", "status = error"])).toEqual({
      applied: ['k8s:namespace = "prod"', "duration > 1s", "status = error"],
      left: DEFAULT_CLAUSES,
    });
    expect(scopeOf("requests", ['span.x = "y"', "k8s:rpc_code = nil"]).applied).toEqual([]);
    expect(scopeOf("spans", ['span.x = "y"']).left).toEqual([]);
  });

  it("leaves what it cannot take apart to the server", () => {
    const either = 'name = "a" || name = "b"';
    expect(clauseParts(either)).toBeNull();
    expect(scopeOf("requests", [either])).toEqual({ applied: [either], left: [] });
  });
});

describe("fetchComparison", () => {
  const RANGE = { from: "2026-11-18T10:51:40Z", to: "2026-11-18T11:06:40Z" };

  /** Answers by path; gives what was posted. */
  function server(): unknown[] {
    const posted: unknown[] = [];
    vi.stubGlobal("fetch", async (url: URL, request: RequestInit) => {
      if (url.pathname.endsWith("latency")) {
        expect(url.searchParams.get("total")).toBe("true");
        return new Response(JSON.stringify(latencyAnswer([])));
      }
      const question = JSON.parse(String(request.body)) as never;
      posted.push(question);
      return new Response(JSON.stringify(url.pathname.endsWith("shares") ? sharesAnswer(question) : compareAnswer(question)));
    });
    return posted;
  }
  const ask = (question: Parameters<typeof fetchComparison>[0]) => fetchComparison(question, new AbortController().signal);

  it("selects what took p99 or longer", async () => {
    const posted = server();
    const answer = await ask({ kind: "slow", of: "requests", filter: "{ }", range: RANGE, band: null, selection: null });
    expect(answer.ok && answer.value.slowFromNs).toBe(182_000_000);
    expect(posted[1]).toMatchObject({ of: "requests", selection: "{ duration >= 182000000ns }", start: RANGE.from, end: RANGE.to });
    expect(posted[1]).not.toHaveProperty("baseline");
  });

  it("asks spans for their own p99", async () => {
    const posted = server();
    const answer = await ask({ kind: "slow", of: "spans", filter: "{ }", range: RANGE, band: null, selection: null });
    expect(answer.ok && answer.value.slowFromNs).toBeGreaterThan(4e6);
    expect(posted).toHaveLength(1);
    expect(posted[0]).toMatchObject({ selection: expect.stringMatching(/^\{ duration >= \d+ns \}$/) });
  });

  it("compares a time with as long a time before", async () => {
    const posted = server();
    await ask({ kind: "time", of: "spans", filter: "{ }", range: RANGE, band: null, selection: null });
    expect(posted[0]).toMatchObject({
      selection: "{ }",
      start: "2026-11-18T10:51:40Z",
      end: "2026-11-18T11:06:40Z",
      baseline: { start: "2026-11-18T10:36:40Z", end: "2026-11-18T10:51:40Z" },
    });
    expect(await ask({ kind: "time", of: "spans", filter: "{ }", range: { from: "now", to: "now-1h" }, band: null, selection: null })).toMatchObject({ failure: { kind: "invalid" } });
  });

  it("fails where the first question does", async () => {
    vi.stubGlobal("fetch", async () => new Response('{"error":{"message":"no such table"}}', { status: 503 }));
    expect(await ask({ kind: "slow", of: "requests", filter: "{ }", range: RANGE, band: null, selection: null })).toMatchObject({ failure: { kind: "unavailable", message: "no such table" } });
  });
});

describe("stretches of time", () => {
  it("lie before one another", () => {
    const stretch = stretchOf({ from: "2026-11-18T11:00:00Z", to: "2026-11-18T11:06:40Z" });
    expect(stretch === null ? null : timeBefore(stretch).end).toBe(stretch?.start);
    expect(stretchOf({ from: "yesterday", to: "now" })).toBeNull();
  });
});

it("a series is kept by clauses of its labels' types", () => {
  const series: LatencySeries = { labels: [["k8s:code", "200"], ["k8s:verb", 'a"b'], ["span.x", null]], other: false, count: 1, points: [], exemplars: [], total: null, above: [] };
  const known = [{ name: "k8s:code", scope: "derived", type: "int", count: 1, distinct: 1 }];
  expect(seriesClauses(series, known)).toEqual(["k8s:code = 200", 'k8s:verb = "a\\"b"', "span.x = nil"]);
});

describe("the URL", () => {
  it("holds a comparison and the shares", () => {
    const view = {
      ...readView(""),
      tab: "shares" as const,
      shares: { of: "pod_starts" as const, by: "zone", before: true },
      compare: { kind: "time" as const, of: "requests" as const, within: ['k8s:verb = "list"', "k8s:code = 200"], window: { from: "now-10m", to: "now-5m" }, band: null, selection: null },
    };
    expect(readView(writeView(view))).toEqual(view);
    const slow = { ...readView(""), compare: { kind: "slow" as const, of: "spans" as const, within: [], window: null, band: null, selection: null } };
    expect(writeView(slow)).toBe("?cmp=slow");
    expect(readView("?cmp=slow")).toEqual(slow);
    const value = { ...slow, compare: { ...slow.compare, kind: "value" as const, selection: 'span.verb = "LIST" && x' } };
    expect(readView(writeView(value))).toEqual(value);
    expect(readView("?cmp=value").compare).toBeNull();
  });

  it("drops what is not understood", () => {
    expect(readView("?cmp=fast&tab=x&sof=y")).toEqual(readView(""));
    expect(readView("?cmp=time&cof=traces&cfrom=now-5m")).toMatchObject({ compare: { kind: "time", of: "spans", window: null, band: null } });
  });
});

describe("a comparison in words", () => {
  const view = { kind: "slow" as const, of: "requests" as const, within: [], window: null, band: null, selection: null };
  const stats = { source: "scan", rowsRead: 1, elapsedMs: 1, completeness: { complete: true, because: [], possibleDuplicates: false, rawDataFrom: null }, completeTo: null };
  const answer = (selected: number, baseline: number) => ({
    comparison: { counts: { selected, baseline }, findings: [], hidden: [], compared: { attributes: 3, values: 1 }, stats },
    request: { of: "requests" as const, filter: "{ }", selection: "{ duration > 1s }", start: "now-1h", end: "now", baseline: null },
    slowFromNs: 182e6,
    time: null,
  });

  it("says why there is nothing to show", () => {
    expect(nothingToShow(view, answer(0, 0))?.headline).toBe("No requests to compare");
    expect(nothingToShow(view, answer(5, 0))?.text).toBe("All requests took as long as the slowest.");
    expect(nothingToShow({ ...view, kind: "time", of: "pod_starts" }, answer(5, 0))?.text).toBe("There are no pod starts in the time before.");
    expect(nothingToShow(view, answer(5, 9))?.text).toMatch(/^None of 1 value has a share/);
  });

  it("names the sides", () => {
    expect(sideNames(view, answer(1, 1))).toEqual({ selected: "requests from 182 ms", baseline: "the rest" });
    expect(selectedWords(view, answer(1, 1))).toBe("took 182 ms (p99) or longer");
    const value = { ...view, kind: "value" as const, selection: 'span.verb = "LIST"' };
    expect([sideNames(value, answer(1, 1)).selected, selectedWords(value, answer(1, 1))]).toEqual(["requests with it", 'have span.verb = "LIST"']);
    const time = { ...answer(1, 1), time: { start: 1_795_000_000_000_000_000n, end: 1_795_000_060_000_000_000n } };
    expect(selectedWords({ ...view, kind: "time" }, time)).toMatch(/^in 2026-11-1[89] \d\d:\d\d:40 – .*\d\d:\d\d:40$/);
    expect(baselineWords({ ...view, kind: "time" }, time)).toMatch(/^before, in 2026-11-1[89] \d\d:\d\d:40 – .*\d\d:\d\d:40$/);
  });
});
