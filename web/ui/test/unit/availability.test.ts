import { describe, expect, it } from "vitest";
import { chartData } from "../../src/charts/chart_data";
import { summaryOf } from "../../src/charts/chart_words";
import { availabilitySentence, chartOptionsOf, failedCondition, groupsOf, ofCell, readCellLatency } from "../../src/notebook/availability";
import { cellText } from "../../src/notebook/cell_text";
import { type LatencyCell, newCell } from "../../src/notebook/document";
import { questionOf } from "../../src/notebook/questions";
import { tableOf } from "../../src/notebook/tables";
import { latencyAnswer } from "../browser/mock_data.mjs";
import { makeExemplar, makeLatency, makePoint, makeSeries } from "./make_latency";

const CELL: LatencyCell = { ...(newCell("latency", "l") as LatencyCell), by: ["k8s:verb"], show: "errors", objective: 0.99 };

const series = (verb: string | null, code: string | null, counts: Readonly<Record<number, number>>, more = {}) => {
  const points = Object.entries(counts).map(([second, count]) => makePoint(Number(second), 1e6, { count, errors: 1 }));
  return makeSeries(points, { labels: [["k8s:verb", verb], ["k8s:code", code]], ...more });
};

const LATENCY = makeLatency([
  series("get", "200", { 1000: 90, 1010: 100 }),
  series("get", "503", { 1000: 6 }, { exemplars: [makeExemplar(1000)] }),
  series("get", "429", { 1000: 4, 1020: 2 }),
  series("get", "404", { 1010: 10 }, { exemplars: [makeExemplar(1010, { error: true })] }),
  series("list", "200", { 1000: 1000 }),
  series(null, null, { 1000: 5 }),
]);
const read = (cell: LatencyCell) => ofCell(cell, LATENCY);
const of = (verb: string | null) => read(CELL).series.find(({ labels }) => labels[0]?.[1] === verb);

describe("a cell with an objective", () => {
  it("asks by code beside its own groups, for as many series as there are", () => {
    expect(groupsOf(CELL)).toEqual({ by: ["k8s:verb", "k8s:code"], limit: 100 });
    expect(questionOf(CELL, { range: { from: "now-1h", to: "now" }, filters: [] })).toMatchObject({ request: { by: ["k8s:verb", "k8s:code"], limit: 100 } });
    expect(groupsOf({ ...CELL, show: "rate" })).toEqual({ by: ["k8s:verb"], limit: 8 });
    expect(cellText(CELL)).toBe("failures as multiples of what an objective of 0.99 allows, of { } by k8s:verb");
  });

  it("counts codes from 500 and 429 as failed, others not whatever their status, and without a code by the status", () => {
    expect(of("get")?.points.map(({ t, count, errors }) => [Number(t / 1_000_000_000n), count, errors])).toEqual([[1000, 100, 10], [1010, 110, 0], [1020, 2, 2]]);
    expect(of("list")?.points[0]).toMatchObject({ count: 1000, errors: 0 });
    expect(of(null)?.points[0]).toMatchObject({ count: 5, errors: 1 });
    expect(of("get")?.count).toBe(212);
  });

  it("has dots for what failed alone", () => {
    expect(of("get")?.exemplars.map(({ spanId, error }) => [spanId, error])).toEqual([["span 1000", true]]);
  });

  it("shows as many groups as the cell wants, the rest together", () => {
    const { series: shown } = read({ ...CELL, limit: 1 });
    expect(shown.map(({ labels, other, count }) => [labels[0]?.[1], other, count])).toEqual([["list", false, 1000], ["get", true, 217]]);
  });

  it("leaves the rest beyond the server's limit apart, judged by status", () => {
    const rest = series(null, null, { 1000: 7 }, { other: true });
    expect(ofCell(CELL, { ...LATENCY, series: [rest, ...LATENCY.series] }).series.at(-1)).toMatchObject({ other: true, count: 7, points: [{ errors: 1 }] });
  });

  it("is drawn as multiples of what may fail, with the lines of a month", () => {
    const data = chartData(read(CELL), CELL.quantiles, chartOptionsOf(CELL, null));
    const place = data.series.findIndex(({ labels }) => labels[0]?.[1] === "get");
    const values = data.lines.find((line) => line.series === place)?.values.map((value) => Number(value?.toFixed(6)));
    expect(values).toEqual([10, 0, 100]);
    expect([data.scale, data.marks.map(({ at }) => at)]).toEqual(["linear", [1, 6, 14.4]]);
    expect(data.dots.map(({ y }) => Number(y.toFixed(6)))).toEqual([10]);
    expect(summaryOf(data)).toMatch(/^Burn rate chart: 3 series, highest burn rate 100 × of get at /);
  });

  it("has the time before judged alike", () => {
    const { earlier } = chartOptionsOf(CELL, { latency: LATENCY, shiftNs: 1n });
    expect(earlier?.latency.series).toEqual(read(CELL).series);
  });

  it("says how much succeeded, and never more than that", () => {
    expect(availabilitySentence(CELL, read(CELL))).toBe(
      "98.931 % of 1,217 spans succeeded, 99 % shall: over this time the budget for failures was used 1.07 times as fast as it may be (codes from 500 and 429 failed).",
    );
    const nearly = makeLatency([series("get", "200", { 1000: 9_999_999 }), series("get", "500", { 1000: 1 })]);
    expect(availabilitySentence({ ...CELL, objective: 0.999 }, ofCell(CELL, nearly))).toMatch(/^99\.999 % of 10,000,000 spans succeeded, 99\.9 % shall/);
    expect(availabilitySentence(CELL, makeLatency([]))).toBeNull();
  });

  it("judges pod starts, which have no code, by their status", () => {
    const starts: LatencyCell = { ...CELL, rows: "pod_starts", by: [] };
    expect(groupsOf(starts)).toEqual({ by: [], limit: 8 });
    const latency = makeLatency([makeSeries([makePoint(1000, 1e6, { count: 200, errors: 3 })], { labels: [], exemplars: [makeExemplar(1000, { error: true })] })]);
    const data = chartData(ofCell(starts, latency), starts.quantiles, chartOptionsOf(starts, null));
    expect(data.lines.map(({ values }) => values.map((value) => Number(value?.toFixed(6))))).toEqual([[1.5]]);
    expect(availabilitySentence(starts, latency)).toBe(
      "98.500 % of 200 pod starts succeeded, 99 % shall: over this time the budget for failures was used 1.5 times as fast as it may be (those with an error failed).",
    );
    expect([failedCondition(starts), failedCondition({ ...CELL, rows: "requests" })]).toEqual(["status = error", "k8s:code >= 500 || k8s:code = 429"]);
  });

  it("is a table of failures, whose last column is the burn rate", () => {
    const answer = latencyAnswer(["k8s:verb", "k8s:code"]) as never;
    const table = tableOf(CELL, answer);
    expect(table).toMatchObject({ ok: true, value: { columns: [{ name: "slot" }, { name: "series" }, { name: "spans" }, { name: "failed" }, { name: "burn_rate" }] } });
    expect(readCellLatency({ ...CELL, show: "latency" }, answer)).toMatchObject({ ok: true, value: { series: { length: 8 } } });
  });
});
