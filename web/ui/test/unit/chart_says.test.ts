import { describe, expect, it } from "vitest";
import type { LatencySeries } from "../../src/api/latency";
import { OF_WORDS } from "../../src/base/rows";
import { chartData, highest, seriesName } from "../../src/charts/chart_data";
import { aboveSentence, aboveShare, stoppedSentence, summaryOf } from "../../src/charts/chart_words";
import { axisText, measureLabel, measureText, quantileText } from "../../src/charts/measure";
import { slotCounts } from "../../src/charts/slot_counts";
import { slotRows } from "../../src/charts/slot_rows";
import { timeTicks } from "../../src/charts/time_axis";
import { valueRange } from "../../src/charts/value_axis";
import { earlierRequest } from "../../src/explore/earlier";
import { chooseZone } from "../../src/base/zone";
import { SECOND, makeExemplar, makeLatency, makePoint, makeSeries } from "./make_latency";

const PLAIN = { measure: "latency", earlier: null, thresholds: [], scale: "log" } as const;

describe("measures", () => {
  const points = [makePoint(1000, 8e6, { count: 50, errors: 5 }), makePoint(1010, 4e6, { count: 200 })];
  const exemplars = [makeExemplar(1000, { error: true }), makeExemplar(1010)];
  const latency = makeLatency([makeSeries(points, { exemplars })]);

  it("are durations, spans a second, or the part that failed", () => {
    const values = (measure: "rate" | "errors") => chartData(latency, ["0.99"], { ...PLAIN, measure }).lines.map((line) => line.values);
    expect(values("rate")).toEqual([[5, 20]]);
    expect(values("errors")).toEqual([[0.1, 0]]);
    const sampled = makeLatency([makeSeries(points)], { sampling: { rate: 0.01, source: "trace_id" } });
    expect(chartData(sampled, ["0.99"], { ...PLAIN, measure: "rate" }).lines[0]?.values).toEqual([500, 2000]);
  });

  it("have dots where a span says something about them", () => {
    const dots = (measure: "rate" | "errors") => chartData(latency, ["0.99"], { ...PLAIN, measure }).dots.map(({ y }) => y);
    expect(dots("rate")).toEqual([]);
    expect(dots("errors")).toEqual([0.1]);
  });

  it("begin at zero, but for durations on a log axis", () => {
    const range = (measure: "latency" | "errors", scale: "log" | "linear") => valueRange(chartData(latency, ["0.99"], { ...PLAIN, measure, scale }));
    expect(range("latency", "log")[0]).toBeGreaterThan(0);
    expect(range("latency", "linear")[0]).toBe(0);
    expect(range("errors", "log")).toEqual([0, 0.1 * 1.1]);
  });

  it("are written with their units", () => {
    expect(measureText("rate", 0.25)).toBe("0.25/s");
    expect(measureText("rate", 1234.5)).toBe("1235/s");
    expect([0, 0.00042, 0.0377, 0.5, 1].map((share) => measureText("errors", share))).toEqual(["0 %", "0.042 %", "3.8 %", "50 %", "100 %"]);
    expect(axisText("errors", 0.025)).toBe("2.5 %");
    expect(axisText("latency", 2e6)).toBe("2 ms");
  });

  it("are named after what is counted", () => {
    const data = chartData(latency, ["0.99"], { ...PLAIN, measure: "rate", words: OF_WORDS.requests });
    expect(measureLabel(data, null)).toBe("requests/s");
    expect(seriesName(makeSeries([], { labels: [] }), data.words)).toBe("all requests");
    expect(seriesName(makeSeries([], { labels: [] }), chartData(latency, ["0.99"]).words)).toBe("all spans");
  });

  it("say of how many spans a maximum is", () => {
    const point = makePoint(1000, 812e6, { count: 17, maximums: new Set(["0.99"]) });
    expect(quantileText(point, "0.99")).toBe("812 ms, maximum of 17");
    expect(quantileText(point, "0.5")).toBe("203 ms");
    const [line] = chartData(makeLatency([makeSeries([makePoint(1000, 1e6), { ...point, t: 1010n * SECOND }])]), ["0.99"]).lines;
    expect([...(line?.maximums ?? [])]).toEqual([1]);
  });

  it("are summed up for those who do not see the canvas", () => {
    chooseZone("utc");
    expect(summaryOf(chartData(latency, ["0.5", "0.99"]))).toBe("Latency chart: 1 series, highest p99 8.00 ms of a at 00:16:45. The table view holds the same points.");
    expect(summaryOf(chartData(makeLatency([]), ["0.99"]))).toMatch(/no values/);
  });
});

describe("slots that may still grow", () => {
  it("begin with the one up to which data is known", () => {
    const series = [makeSeries([makePoint(1000, 1e6), makePoint(1100, 1e6, { count: 30 })])];
    const open = makeLatency(series, { answeredAt: 1103n * SECOND });
    const data = chartData(open, ["0.99"], { ...PLAIN, measure: "rate" });
    expect(data.openFrom).toBe(1100);
    expect(data.lines[0]?.values.at(-1)).toBe(10);
    const early = chartData({ ...open, answeredAt: 1101n * SECOND }, ["0.99"], { ...PLAIN, measure: "rate" });
    expect(early.lines[0]?.values.at(-1), "a tenth of a slot tells no rate").toBeNull();
    const late = { ...open, stats: { ...open.stats, completeTo: 1095n * SECOND } };
    expect(chartData(late, ["0.99"]).openFrom).toBe(1090);
    expect(chartData(makeLatency(series), ["0.99"]).openFrom).toBeNull();
  });
});

describe("counts of slots", () => {
  const steady = (counts: readonly number[]) => counts.map((count, index) => makePoint(1000 + index * 10, 1e6, { count }));
  const marks = (counts: readonly number[], more = {}) =>
    slotCounts(makeLatency([makeSeries(steady(counts).filter(({ count }) => count > 0))], { end: BigInt(1000 + counts.length * 10) * SECOND, ...more }));

  it("mark fewer than half the median of those before", () => {
    expect(marks([100, 110, 90, 100, 49, 100, 51]).map(({ stoppedFrom }) => stoppedFrom)).toEqual([null, null, null, null, 100, null, null]);
  });

  it("keep a long stall marked, slots without a span included", () => {
    const stopped = marks([100, 100, 100, ...Array<number>(30).fill(0), 100]);
    expect(stopped.filter(({ stoppedFrom }) => stoppedFrom !== null)).toHaveLength(30);
    expect(marks([100, 100, 100, 0, 0]).map(({ count, stoppedFrom }) => [count, stoppedFrom]).slice(3)).toEqual([[0, 100], [0, 100]]);
  });

  it("mark nothing where few spans are usual, at the beginning, or where a slot is not complete", () => {
    expect(marks([12, 12, 12, 12, 1]).every(({ stoppedFrom }) => stoppedFrom === null)).toBe(true);
    expect(marks([100, 5, 100, 100]).every(({ stoppedFrom }) => stoppedFrom === null)).toBe(true);
    expect(marks([100, 100, 100, 100, 10], { answeredAt: 1042n * SECOND }).every(({ stoppedFrom }) => stoppedFrom === null)).toBe(true);
  });

  it("say when it was and what it means", () => {
    chooseZone("utc");
    expect(stoppedSentence(marks([100, 100, 100, 10, 4, 100, 100, 20]), OF_WORDS.spans)).toBe(
      "Requests stopped finishing from 00:17:10 to 00:17:30 (4 spans a slot, 100 before), and 1 more time: what hangs has no duration yet, so the curve looks healthier than it is.",
    );
    expect(stoppedSentence(marks([100, 100, 100, 1]), OF_WORDS.pod_starts)).toMatch(/^Pod starts stopped finishing .* \(1 pod start a slot, 100 before\)/);
    expect(stoppedSentence(marks([100, 100, 100]), OF_WORDS.spans)).toBeNull();
  });
});

describe("thresholds", () => {
  const above = (low: number, high: number) => [{ thresholdNs: 1e9, count: [low, high] as const, share: [low / 1000, high / 1000] as const }];
  const series = (low: number, high: number): LatencySeries => makeSeries([makePoint(1000, 2e9, { count: 1000 })], { above: above(low, high) });
  const of = (all: readonly LatencySeries[], words = OF_WORDS.spans) => ({ series: all, words });

  it("tell the exact share, or both ends where only those are known", () => {
    expect(aboveShare({ share: [0.0042, 0.0042] })).toBe("0.42 %");
    expect(aboveShare({ share: [0.0042, 0.005] })).toBe("0.42 % to 0.50 %");
    expect(aboveShare({ share: [0.00001, 0.00001] })).toBe("<0.01 %");
    expect(aboveSentence(of([series(4, 4), series(10, 10)]), { ns: 1e9, label: "1 s" })).toBe("0.70 % of all spans took longer than 1 s: 14 of 2,000");
    expect(aboveSentence(of([series(4, 6)]), { ns: 1e9, label: "1 s" })).toBe("0.40 % to 0.60 % of all spans took longer than 1 s: 4 to 6 of 1,000");
    expect(aboveSentence(of([series(4, 4)], OF_WORDS.requests), { ns: 1e9, label: "1 s" })).toMatch(/ of all requests took longer than 1 s/);
    expect(aboveSentence(of([makeSeries([])]), { ns: 1e9, label: "1 s" })).toBeNull();
  });

  it("are on the axis of durations and on no other", () => {
    const latency = makeLatency([series(4, 4)]);
    const thresholds = [{ ns: 60e9, label: "1 min" }];
    expect(valueRange(chartData(latency, ["0.99"], { ...PLAIN, thresholds }))[1]).toBeGreaterThan(60e9);
    expect(chartData(latency, ["0.99"], { ...PLAIN, measure: "rate", thresholds }).thresholds).toEqual([]);
  });
});

describe("the time before", () => {
  const now = makeLatency([makeSeries([makePoint(1000, 8e6), makePoint(1030, 4e6)])]);
  const then = makeLatency([makeSeries([makePoint(400, 2e6), makePoint(410, 3e6)]), makeSeries([makePoint(400, 9e9)], { labels: [["name", "b"]] })]);

  it("is asked for in the same slots, a whole number of steps earlier", () => {
    const request = { of: "requests" as const, filter: "{ }", start: "now-1h", end: "now", quantiles: ["0.99"], by: ["name"], exemplars: 3, limit: 8, above: [1e9], heatmap: true };
    expect(earlierRequest(request, now, "10m").request).toEqual({
      of: "requests",
      filter: "{ }",
      quantiles: ["0.99"],
      by: ["name"],
      limit: 8,
      exemplars: 0,
      start: (400n * SECOND).toString(),
      end: (600n * SECOND).toString(),
      step: "10000000000ns",
    });
    expect(earlierRequest(request, now, "15s").shiftNs).toBe((10n * SECOND).toString());
  });

  it("is drawn at the slots of now, for the groups of now", () => {
    const data = chartData(now, ["0.5", "0.99"], { ...PLAIN, earlier: { latency: then, shiftNs: 600n * SECOND } });
    expect(data.slots).toEqual([1000n * SECOND, 1010n * SECOND, null, 1030n * SECOND]);
    expect(data.lines.map(({ then: isThen, main, values }) => [isThen, main, values])).toEqual([
      [true, true, [2e6, 3e6, null, null]],
      [false, false, [2e6, null, null, 1e6]],
      [false, true, [8e6, null, null, 4e6]],
    ]);
    expect(highest(data, 0)).toBe(8e6);
    expect(slotRows(data, 1, 1010n * SECOND)).toMatchObject([{ point: undefined, now: null, then: 3e6 }]);
  });
});

it("puts labels of time at whole steps by the clocks of the zone", () => {
  chooseZone("utc");
  expect(timeTicks(1000, 1200, 4).map(({ at, label }) => [at, label])).toEqual([[1020, "00:17"], [1080, "00:18"], [1140, "00:19"], [1200, "00:20"]]);
  expect(timeTicks(86_390, 86_410, 4).map(({ label }) => label)).toEqual(["23:59:50", "23:59:55", "01-02", "00:00:05", "00:00:10"]);
  expect(timeTicks(0, 400 * 86_400, 3).length).toBeLessThanOrEqual(4);
});
