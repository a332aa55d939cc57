// How much of what an objective allows to fail has failed: one answer by status code gives both counts, and can be pinned like any other.
import { type Latency, type LatencyPoint, type LatencySeries, readLatencyAnswer } from "../api/latency";
import { formatCount, formatPercent } from "../base/format";
import type { Json } from "../base/json";
import { type Result, success } from "../base/result";
import { OF_WORDS } from "../base/rows";
import type { Nanos } from "../base/time";
import { type ChartOptions, type Earlier, seriesKey } from "../charts/chart_data";
import type { LatencyCell } from "./document";

const CODE = "k8s:code";
const BY_CODE = `${CODE} >= 500 || ${CODE} = 429`;
/** As many as a server gives: each group of the cell comes once for each code. */
const SERIES_ASKED = 100;
const SERIES_DEFAULT = 8;

/** The part that shall succeed, where the cell shows how fast the rest is used up; null where it shows something else. */
export function objectiveOf({ show, objective }: LatencyCell): number | null {
  return show === "errors" ? objective : null;
}

/** Whether codes tell what has failed; a pod start has none, and is judged by its status. */
function isJudgedByCode(cell: LatencyCell): boolean {
  return objectiveOf(cell) !== null && cell.rows !== "pod_starts";
}

/** The condition on one that has failed; one without a code is judged by its status. */
export function failedCondition({ rows }: LatencyCell): string {
  return rows === "pod_starts" ? "status = error" : BY_CODE;
}

/** What a cell asks to be grouped by, and for how many groups. */
export function groupsOf(cell: LatencyCell): { readonly by: readonly string[]; readonly limit: number } {
  return isJudgedByCode(cell) ? { by: [...cell.by, CODE], limit: SERIES_ASKED } : { by: cell.by, limit: cell.limit ?? SERIES_DEFAULT };
}

/** The answer to what a cell asked, by the cell's own groups. */
export function readCellLatency(cell: LatencyCell, answer: Json): Result<Latency> {
  const read = readLatencyAnswer(success<unknown>(answer), groupsOf(cell).by);
  return read.ok ? success(ofCell(cell, read.value)) : read;
}

/** An answer by the cell's own groups, of which there are no more than it wants: failed are codes of 500 and more and 429, and what has no code by its status. */
export function ofCell(cell: LatencyCell, latency: Latency): Latency {
  if (!isJudgedByCode(cell)) return latency;
  const groups = new Map<string, LatencySeries[]>();
  for (const series of latency.series) {
    const judged = judgedSeries(series);
    const key = seriesKey(judged);
    groups.set(key, [...(groups.get(key) ?? []), judged]);
  }
  const all = [...groups.values()].map(together).sort((a, b) => Number(a.other) - Number(b.other) || b.count - a.count);
  const limit = cell.limit ?? SERIES_DEFAULT;
  const rest = all.slice(limit);
  const series = rest.length === 0 ? all : [...all.slice(0, limit), { ...together(rest), labels: rest[0]?.labels ?? [], other: true }];
  return { ...latency, series };
}

function judgedSeries(series: LatencySeries): LatencySeries {
  const code = series.labels.at(-1)?.[1] ?? null;
  const isKnown = code !== null && !series.other;
  const isFailed = isKnown && (Number(code) >= 500 || Number(code) === 429);
  const errorsOf = ({ errors, count }: LatencyPoint) => (isFailed ? count : isKnown ? 0 : errors);
  return {
    ...series,
    labels: series.labels.slice(0, -1),
    points: series.points.map((point) => ({ ...point, errors: errorsOf(point), quantiles: new Map(), maximums: new Set<string>(), intervals: new Map(), exact: true, errorBound: 0 })),
    exemplars: series.exemplars.filter(({ error }) => isFailed || (!isKnown && error)).map((exemplar) => ({ ...exemplar, error: true })),
    total: null, above: [],
  };
}

/** Several series as one, which has the labels of the first. */
function together(series: readonly LatencySeries[]): LatencySeries {
  const points = new Map<Nanos, LatencyPoint>();
  for (const point of series.flatMap((one) => one.points)) {
    const before = points.get(point.t);
    points.set(point.t, before === undefined ? point : { ...before, count: before.count + point.count, errors: before.errors + point.errors });
  }
  return {
    labels: series[0]?.labels ?? [],
    other: series.some(({ other }) => other),
    count: series.reduce((total, { count }) => total + count, 0),
    points: [...points.values()].sort((a, b) => (a.t < b.t ? -1 : 1)),
    exemplars: series.flatMap(({ exemplars }) => exemplars),
    total: null,
    above: [],
  };
}

/** At 1 the budget for failures lasts just its period; the others are those of the SRE workbook for a period of 30 days. */
const BURN_MARKS = [
  { at: 1, label: "1 ×: lasts its period" },
  { at: 6, label: "6 ×: a month’s in 5 days" },
  { at: 14.4, label: "14.4 ×: a month’s in 2 days" },
];

/** What a chart of the cell draws; the earlier answer comes by the cell's groups, too. */
export function chartOptionsOf(cell: LatencyCell, earlier: Earlier | null): ChartOptions {
  const objective = objectiveOf(cell);
  const common = { words: OF_WORDS[cell.rows], earlier: earlier === null ? null : { ...earlier, latency: ofCell(cell, earlier.latency) }, scale: "log" } as const;
  if (objective === null) return { ...common, measure: cell.show, thresholds: cell.thresholds };
  return { ...common, measure: "burn", burn: { allowed: 1 - objective, marks: BURN_MARKS }, thresholds: [] };
}

/** "99.93 % of 18,204 spans succeeded; 99.9 % shall: …", null where there are none. */
export function availabilitySentence(cell: LatencyCell, { series }: Latency): string | null {
  const objective = objectiveOf(cell);
  const points = series.flatMap((one) => one.points);
  const count = points.reduce((total, point) => total + point.count, 0);
  if (objective === null || count === 0) return null;
  const failed = points.reduce((total, point) => total + point.errors, 0);
  const burn = failed / count / (1 - objective);
  const shall = `${Number((objective * 100).toPrecision(6))} %`;
  const succeeded = `${floorPercent(1 - failed / count)} of ${formatCount(count)} ${OF_WORDS[cell.rows].many} succeeded, ${shall} shall`;
  return `${succeeded}: over this time the budget for failures was used ${Number(burn.toPrecision(3))} times as fast as it may be (${isJudgedByCode(cell) ? "codes from 500 and 429" : "those with an error"} failed).`;
}

/** Never rounded up to what was not reached. */
function floorPercent(part: number): string {
  return part === 1 ? formatPercent(1) : `${(Math.floor(part * 100_000) / 1_000).toFixed(3)} %`;
}
