import { describe, expect, it } from "vitest";
import type { Exemplar, Latency, LatencyPoint } from "../../src/api/latency";
import { DARK, LIGHT, assignPlaces } from "../../src/base/palette";
import { OF_WORDS } from "../../src/base/rows";
import { type Dot, chartData, highest, isolated, seriesName } from "../../src/charts/chart_data";
import { logTicks, valueRange } from "../../src/charts/value_axis";
import { type DotMarks, dotOfSpan, moveDot, nearestDot, placeDots, slowestDot } from "../../src/charts/dot_layout";
import { formatInstant } from "../../src/base/format";
import { latencyParts } from "../../src/receipt/receipt_words";

const SECOND = 1_000_000_000n;

function point(second: bigint, p99: number, more: Partial<LatencyPoint> = {}): LatencyPoint {
  const quantiles = new Map([["0.5", p99 / 4], ["0.99", p99]]);
  return { t: second * SECOND, count: 10, errors: 0, quantiles, exact: true, errorBound: 0, maximums: new Set(), intervals: new Map(), ...more };
}

function exemplar(second: number, durationNs: number, pick: Exemplar["pick"], spanId: string): Exemplar {
  const t = BigInt(Math.round(second * 1e9));
  return { t, slot: t, traceId: "0".repeat(32), spanId, durationNs, pick, quantile: null, rank: null, error: pick === "error" };
}

const LATENCY: Latency = {
  start: 1000n * SECOND,
  end: 1100n * SECOND,
  stepNs: 10e9,
  heatmap: null,
  notByRollup: null,
  answeredAt: 2000n * SECOND,
  series: [
    { labels: [["name", "a"]], other: false, count: 20, points: [point(1000n, 4e6), point(1010n, 8e6), point(1050n, 2e6)], exemplars: [exemplar(1015.5, 9e6, "max", "m")], total: null, above: [] },
    { labels: [["name", null]], other: false, count: 10, points: [point(1010n, 0, { exact: false, errorBound: 0.004 })], exemplars: [], total: null, above: [] },
  ],
  sampling: { rate: 0.01, source: "trace_id" },
  stats: { source: "live", rowsRead: 1234, elapsedMs: 3.21, completeness: { complete: true, because: [], possibleDuplicates: false, rawDataFrom: null }, completeTo: null },
};

describe("chartData", () => {
  const data = chartData(LATENCY, ["0.5", "0.99"]);

  it("puts a slot at its middle and a gap where slots are missing", () => {
    expect(data.x).toEqual([1005, 1015, 1025, 1055]);
    expect(data.slots).toEqual([1000n * SECOND, 1010n * SECOND, null, 1050n * SECOND]);
  });

  it("draws no data as nothing, never as zero", () => {
    expect(data.lines.map((line) => line.values)).toEqual([
      [1e6, 2e6, null, 5e5],
      [4e6, 8e6, null, 2e6],
      [null, 1, null, null],
      [null, 1, null, null],
    ]);
  });

  it("puts a dot at its span's end and own duration", () => {
    expect(data.dots).toMatchObject([{ series: 0, x: 1015.5, y: 9e6 }]);
    expect(valueRange(data)[1]).toBeGreaterThan(9e6);
  });

  it("holds typical and nearest spans back, unless they failed or the series is alone", () => {
    const picks = (["max", "median", "nearest"] as const).map((pick, index) => exemplar(1001 + index, 1e6, pick, pick));
    const series = { ...LATENCY.series[0]!, exemplars: [...picks, { ...exemplar(1005, 1e6, "nearest", "failed"), error: true }] };
    const minor = (all: Latency["series"]) => chartData({ ...LATENCY, series: all }, ["0.99"]).dots.filter((dot) => dot.minor).map((dot) => dot.exemplar.spanId);
    expect(minor([series, LATENCY.series[1]!])).toEqual(["median", "nearest"]);
    expect(minor([series])).toEqual(["nearest"]);
  });

  it("names series", () => {
    expect(LATENCY.series.map((series) => seriesName(series, OF_WORDS.spans))).toEqual(["a", "no name"]);
    expect(highest(data, 0)).toBe(8e6);
  });

  it("has nothing to draw for an empty answer", () => {
    const empty = chartData({ ...LATENCY, series: [] }, ["0.99"]);
    expect([empty.x, empty.dots]).toEqual([[], []]);
    expect(valueRange(empty)).toEqual([1e6, 1e9]);
  });
});

it("finds values that a line alone would not show", () => {
  expect(isolated([1, null, 2, 3, null, 4])).toEqual([0, 5]);
});

it("ticks a log axis", () => {
  expect(logTicks(3e6, 3e8)).toEqual([5e6, 1e7, 2e7, 5e7, 1e8, 2e8]);
  expect(logTicks(1e3, 1e9)).toEqual([1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9]);
  expect(logTicks(4e6, 9e6).length).toBeGreaterThan(3);
});

describe("dots", () => {
  const dot = (x: number, y: number, pick: Exemplar["pick"], spanId: string): Dot => ({ series: 0, minor: false, x, y, exemplar: exemplar(x, y, pick, spanId) });
  const NO_MARKS: DotMarks = { kept: [], highlighted: null };
  const projection = { left: (x: number) => x, top: (y: number) => 100 - y, width: 200, height: 100 };
  const dots = [dot(50, 50, "median", "median"), dot(52, 52, "error", "error"), dot(100, 20, "max", "low"), dot(100, 80, "max", "high"), dot(900, 5, "max", "outside")];

  it("keep the most important of a crowd and count the rest", () => {
    const placed = placeDots(dots, projection, NO_MARKS);
    expect(placed.map((place) => [place.dot.exemplar.spanId, place.hidden.length])).toEqual([["error", 1], ["low", 0], ["high", 0]]);
  });

  it("keep the open one in any crowd", () => {
    expect(placeDots(dots, projection, { ...NO_MARKS, kept: ["median"] }).map((place) => place.dot.exemplar.spanId)).toContain("median");
  });

  it("are never closer than their clearance, whatever the crowd", () => {
    let state = 1;
    const random = () => (state = (Math.imul(state, 1103515245) + 12345) >>> 0) / 2 ** 32;
    const many = [...Array(800).keys()].map((index) => dot(random() * 200, random() * 100, "max", `${index}`));
    const placed = placeDots(many, projection, NO_MARKS);
    for (const a of placed) for (const b of placed) if (a !== b) expect(Math.hypot(a.left - b.left, a.top - b.top)).toBeGreaterThanOrEqual(12);
    expect(placed.reduce((total, place) => total + 1 + place.hidden.length, 0)).toBe(800);
  });

  it("are few in any crowd, but the slowest of each series stay", () => {
    const many = [...Array(4_000).keys()].map((index) => ({ ...dot(index / 2, 20 + (index % 60), "max", `${index}`), series: index % 8 }));
    const peak = { ...dot(1_000, 3_990, "quantile", "peak"), series: 3 };
    const quieter = { ...dot(1_020, 3_970, "quantile", "quieter"), series: 4 };
    const wide = { left: (x: number) => x, top: (y: number) => 4_000 - y, width: 2_000, height: 4_000 };
    const placed = placeDots([...many, peak, quieter], wide, NO_MARKS);
    expect(placed.length).toBeLessThanOrEqual(160);
    expect(placed.map((place) => place.dot)).toEqual(expect.arrayContaining([peak, quieter]));
    expect(placed[slowestDot(placed)]?.dot).toBe(peak);
  });

  it("leave the chart to a highlighted series, and minor ones show only while kept", () => {
    const series = [dot(50, 50, "max", "a"), { ...dot(100, 50, "max", "b"), series: 1 }, { ...dot(150, 50, "nearest", "minor"), minor: true }];
    const ids = (marks: DotMarks) => placeDots(series, projection, marks).map((place) => place.dot.exemplar.spanId);
    expect(ids(NO_MARKS)).toEqual(["a", "b"]);
    expect(ids({ kept: [], highlighted: 1 })).toEqual(["b"]);
    expect(ids({ kept: ["minor"], highlighted: 1 })).toEqual(["b", "minor"]);
  });

  it("are found by span, also under another", () => {
    const placed = placeDots(dots, projection, NO_MARKS);
    expect([dotOfSpan(placed, "high"), dotOfSpan(placed, "median"), dotOfSpan(placed, "gone"), dotOfSpan(placed, null)]).toEqual([2, 0, -1, -1]);
  });

  it("are found by pointer and by arrow keys", () => {
    const placed = placeDots(dots, projection, NO_MARKS);
    expect(nearestDot(placed, 55, 50, 12)).toBe(0);
    expect(nearestDot(placed, 150, 50, 12)).toBe(-1);
    expect(moveDot(placed, 0, "ArrowRight")).toBe(1);
    expect(moveDot(placed, 1, "ArrowUp")).toBe(2);
    expect(moveDot(placed, 2, "ArrowRight")).toBe(2);
    expect(moveDot(placed, 2, "Home")).toBe(0);
  });
});

describe("colours", () => {
  it("stay with their series", () => {
    const first = assignPlaces(new Map(), ["a", "b", "c"]);
    const second = assignPlaces(first, ["c", "d", "a"]);
    expect([...second]).toEqual(expect.arrayContaining([["c", 2], ["d", 1], ["a", 0]]));
  });

  it.each([["light", LIGHT], ["dark", DARK]] as const)("have contrast 3 and differ without red-green vision: %s", (_, palette) => {
    for (const colour of [...palette.series, palette.rest, palette.error, ...Object.values(palette.components), ...Object.values(palette.phases)])
      expect(contrast(colour, palette.surface), colour).toBeGreaterThanOrEqual(3);
    for (const matrix of [PROTANOPIA, DEUTERANOPIA])
      for (const a of palette.series) for (const b of palette.series) if (a < b) expect(distance(a, b, matrix), `${a} ${b}`).toBeGreaterThan(0.1);
  });
});

it("says how exact, how sampled and how dear an answer is", () => {
  expect(latencyParts(LATENCY, { quantile: "0.99", slots: "end", words: OF_WORDS.spans })).toEqual([
    "p99 of 30 of about 3,000 spans (sampled at 1 % by trace id) by end, quantiles within 0.4 %",
    "0 – 8.00 ms by slot",
    "one point each 10 s",
    "from spans not yet in files",
    "1,234 rows read",
    "3.2 ms",
  ]);
  const [exact] = latencyParts({ ...LATENCY, series: LATENCY.series.slice(0, 1), sampling: { rate: 1, source: "config" } }, { quantile: "0.5", slots: "start", words: OF_WORDS.spans });
  expect(exact).toBe("p50 of 20 spans by start, exact");
  expect(latencyParts({ ...LATENCY, series: [] })[0]).toBe("0 spans by end");
  expect(latencyParts(LATENCY, { quantile: "0.99", slots: "end", words: OF_WORDS.pod_starts })[0]).toBe("p99 of 30 of about 3,000 pod starts (sampled at 1 % by trace id) by end, quantiles within 0.4 %");
  expect(latencyParts({ ...LATENCY, sampling: { rate: null, source: "unknown" } })[0]).toBe("30 spans (sampling rate unknown) by end, durations within 0.4 %");
});

it("says how far back spans reach where rollups answer for those that are gone", () => {
  const parts = (source: string, rawDataFrom: bigint | null, because: readonly string[] = []) => {
    const completeness = { ...LATENCY.stats.completeness, because, rawDataFrom };
    return latencyParts({ ...LATENCY, stats: { ...LATENCY.stats, source, completeness } }).filter((part) => part.startsWith("spans reach"));
  };
  const later = LATENCY.start + 1n;
  expect(parts("rollup", later)).toEqual([`spans reach back to ${formatInstant(later)}`]);
  expect(parts("rollup", LATENCY.start)).toEqual([]);
  expect(parts("rollup", null)).toEqual([]);
  expect(parts("scan", later)).toEqual([]);
  expect(parts("rollup", later, ["past_retention"])).toEqual([]);
});

// Machado, Oliveira and Fernandes (2009), severity 1.
const PROTANOPIA = [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]];
const DEUTERANOPIA = [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]];

function linear(colour: string): number[] {
  return [1, 3, 5].map((at) => {
    const value = parseInt(colour.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
}

function contrast(a: string, b: string): number {
  const [low = 0, high = 0] = [a, b].map((colour) => linear(colour).reduce((sum, value, index) => sum + value * [0.2126, 0.7152, 0.0722][index]!, 0)).sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

/** Distance in Oklab as a reader without red or green cones sees it. */
function distance(a: string, b: string, matrix: number[][]): number {
  const [first = [], second = []] = [a, b].map((colour) => {
    const rgb = linear(colour);
    const [r = 0, g = 0, bl = 0] = matrix.map((row) => Math.min(Math.max(row.reduce((sum, factor, index) => sum + factor * rgb[index]!, 0), 0), 1));
    const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * bl);
    const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * bl);
    const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * bl);
    return [0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s, 1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s, 0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s];
  });
  return Math.hypot(...first.map((value, index) => value - second[index]!));
}
