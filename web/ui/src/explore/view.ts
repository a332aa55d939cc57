// What the page shows, as it stands in the URL's query: read from it, written to it, defaults left out.
import { ROWS, type RowsOf } from "../base/rows";
import type { SharesOf } from "../api/shares";
import { REFRESH_CHOICES, type Refresh } from "../base/refresh";
import { type ThemeChoice, readTheme, writeTheme } from "../base/theme";
import { type ChartView, readChart, writeChart } from "./chart_view";
import { DEFAULT_BY, DEFAULT_CLAUSES, DEFAULT_QUANTILES, isDefaultFilter } from "./default_view";

export const QUANTILE_CHOICES = ["0.5", "0.9", "0.99", "0.999"] as const;

export interface OpenTrace {
  readonly traceId: string;
  /** The selected span; null selects the first. */
  readonly spanId: string | null;
  /** A time near the trace in Unix nanoseconds. */
  readonly near: string | null;
}

export interface Range {
  readonly from: string;
  readonly to: string;
}

/** What the panel holds: how long things took, or what they spent the time on. */
export type Tab = "latency" | "shares";

/** Durations from `low` up to, and without, `high`, in nanoseconds; null where nothing is too slow. */
export interface DurationBand {
  readonly low: number;
  readonly high: number | null;
}

/** What is compared with what: the slowest, a band of durations or a value with the rest, or a time with the time before it. */
export interface CompareView {
  readonly kind: "slow" | "time" | "band" | "value";
  readonly of: RowsOf;
  /** Clauses that hold beside the filter: those of one series of the chart. */
  readonly within: readonly string[];
  /** The time compared; null is the range of the page. */
  readonly window: Range | null;
  /** Where durations are compared. */
  readonly band: DurationBand | null;
  /** What selects, where a value is compared. */
  readonly selection: string | null;
}

export interface SharesView {
  readonly of: SharesOf;
  /** The column that rows are grouped by; null is the first choice. */
  readonly by: string | null;
  /** Whether the time before is shown beside. */
  readonly before: boolean;
}

export interface View {
  readonly clauses: readonly string[];
  readonly by: readonly string[];
  /** Time expressions; null leaves the range to the server's hint. */
  readonly range: Range | null;
  /** Ascending. */
  readonly quantiles: readonly string[];
  readonly refresh: Refresh;
  readonly chart: ChartView;
  readonly table: boolean;
  readonly theme: ThemeChoice;
  readonly open: OpenTrace | null;
  readonly tab: Tab;
  readonly shares: SharesView;
  readonly compare: CompareView | null;
}

export function readView(search: string): View {
  const parameters = new URLSearchParams(search);
  const from = parameters.get("from");
  const clauses = parameters.getAll("f").filter((clause) => clause.trim() !== "");
  const by = parameters.get("by");
  const quantiles = QUANTILE_CHOICES.filter((quantile) => parameters.get("q")?.split(",").includes(quantile));
  return {
    clauses: parameters.has("f") ? clauses : DEFAULT_CLAUSES,
    by: by === null ? DEFAULT_BY : splitNames(by),
    range: from === null ? null : { from, to: parameters.get("to") ?? "now" },
    quantiles: quantiles.length > 0 ? quantiles : DEFAULT_QUANTILES,
    refresh: REFRESH_CHOICES.find((choice) => choice === parameters.get("refresh")) ?? "off",
    chart: readChart(parameters),
    table: parameters.get("view") === "table",
    theme: readTheme(parameters),
    open: readOpenTrace(parameters),
    tab: parameters.get("tab") === "shares" ? "shares" : "latency",
    shares: {
      of: parameters.get("sof") === "pod_starts" ? "pod_starts" : "requests",
      by: parameters.get("sby"),
      before: parameters.get("sbefore") === "1",
    },
    compare: readCompare(parameters),
  };
}


function readCompare(parameters: URLSearchParams): CompareView | null {
  const kind = parameters.get("cmp");
  if (kind !== "slow" && kind !== "time" && kind !== "band" && kind !== "value") return null;
  const band = kind === "band" ? readBand(parameters) : null;
  const selection = kind === "value" ? parameters.get("csel") : null;
  if ((kind === "band" && band === null) || (kind === "value" && !selection)) return null;
  const [from, to] = [parameters.get("cfrom"), parameters.get("cto")];
  return {
    kind,
    of: ROWS.find((of) => of === parameters.get("cof")) ?? "spans",
    within: parameters.getAll("cw").filter((clause) => clause.trim() !== ""),
    window: kind !== "slow" && from !== null && to !== null ? { from, to } : null,
    band,
    selection,
  };
}

function readBand(parameters: URLSearchParams): DurationBand | null {
  const [low, high] = [parameters.get("clow") ?? "", parameters.get("chigh")];
  if (!/^\d{1,19}$/.test(low) || !/^\d{1,19}$/.test(high ?? "0")) return null;
  return { low: Number(low), high: high === null ? null : Number(high) };
}

function readOpenTrace(parameters: URLSearchParams): OpenTrace | null {
  const traceId = parameters.get("trace");
  if (traceId === null || !/^[0-9a-f]{32}$/.test(traceId)) return null;
  const spanId = parameters.get("span");
  const near = parameters.get("t");
  return {
    traceId,
    spanId: spanId !== null && /^[0-9a-f]{16}$/.test(spanId) ? spanId : null,
    near: near !== null && /^\d{1,19}$/.test(near) ? near : null,
  };
}

/** Names are parted by commas; a quoted part of a name may hold one. */
function splitNames(text: string): readonly string[] {
  return [...text.matchAll(/(?:"(?:[^"\\]|\\.)*"|[^,"])+/g)].map((match) => match[0].trim()).filter((name) => name !== "");
}

/** The query string for a view, "" for the first view. */
export function writeView(view: View): string {
  const parameters = new URLSearchParams();
  if (!isDefaultFilter(view.clauses)) {
    if (view.clauses.length === 0) parameters.append("f", "");
    for (const clause of view.clauses) parameters.append("f", clause);
  }
  if (!sameList(view.by, DEFAULT_BY)) parameters.set("by", view.by.join(","));
  if (view.range !== null) {
    parameters.set("from", view.range.from);
    parameters.set("to", view.range.to);
  }
  if (!sameList(view.quantiles, DEFAULT_QUANTILES)) parameters.set("q", view.quantiles.join(","));
  if (view.refresh !== "off") parameters.set("refresh", view.refresh);
  writeChart(view.chart, parameters);
  if (view.table) parameters.set("view", "table");
  writeTheme(view.theme, parameters);
  if (view.open !== null) {
    parameters.set("trace", view.open.traceId);
    if (view.open.spanId !== null) parameters.set("span", view.open.spanId);
    if (view.open.near !== null) parameters.set("t", view.open.near);
  }
  writeShares(view, parameters);
  if (view.compare !== null) writeCompare(view.compare, parameters);
  const text = parameters.toString();
  return text === "" ? "" : `?${text}`;
}

function writeShares({ tab, shares }: View, parameters: URLSearchParams): void {
  if (tab !== "latency") parameters.set("tab", tab);
  if (shares.of !== "requests") parameters.set("sof", shares.of);
  if (shares.by !== null) parameters.set("sby", shares.by);
  if (shares.before) parameters.set("sbefore", "1");
}

function writeCompare({ kind, of, within, window, band, selection }: CompareView, parameters: URLSearchParams): void {
  parameters.set("cmp", kind);
  if (of !== "spans") parameters.set("cof", of);
  for (const clause of within) parameters.append("cw", clause);
  if (band !== null) {
    parameters.set("clow", String(band.low));
    if (band.high !== null) parameters.set("chigh", String(band.high));
  }
  if (selection !== null) parameters.set("csel", selection);
  if (window === null) return;
  parameters.set("cfrom", window.from);
  parameters.set("cto", window.to);
}

function sameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((item, index) => item === b[index]);
}
