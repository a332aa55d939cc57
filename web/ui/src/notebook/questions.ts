// What a cell asks the server, as plain data: the same text is the same question.
import type { LatencyRequest } from "../api/latency";
import type { QueryRequest } from "../api/search";
import type { SharesRequest } from "../api/shares";
import type { TraceRequest } from "../api/trace";
import { joinClauses } from "../base/clauses";
import type { RowsOf } from "../base/rows";
import { nowNanos, parseTime } from "../base/time";
import { scopeOf } from "../explore/scope";
import type { Range } from "../explore/view";
import { groupsOf } from "./availability";
import type { Cell, CompareCell, HeatmapCell, LatencyCell, SeriesCell, SharesCell, TimedCell, TracesCell } from "./document";
import type { Subject } from "../receipt/subject";
import { withFilters, withTime } from "./scoped_query";

/** What holds for every cell of a notebook. */
export interface NotebookScope {
  readonly range: Range;
  readonly filters: readonly string[];
}

export interface CompareQuestion {
  readonly of: RowsOf;
  readonly filter: string;
  readonly range: Range;
  /** Null is slower than p99. */
  readonly selection: string | null;
  readonly baseline: Range | null;
}

export type Question =
  | { readonly kind: "latency"; readonly request: LatencyRequest }
  | { readonly kind: "query"; readonly request: QueryRequest }
  | { readonly kind: "sql"; readonly text: string; readonly range: Range }
  | { readonly kind: "compare"; readonly request: CompareQuestion }
  | { readonly kind: "shares"; readonly request: SharesRequest }
  | { readonly kind: "trace"; readonly request: TraceRequest };

const EXEMPLARS_PER_POINT = 3;
const EXEMPLARS_PER_BAND = 2;
const TRACES_DEFAULT = 20;
/** Of a heatmap, for its table in an export. */
const QUANTILES_BESIDE = ["0.5", "0.9", "0.99"];

/** What the notebook asks of one cell: its own time and no filters where it says so. */
export function scopeOfCell({ time, ignoreFilters }: Cell, { range, filters }: NotebookScope): NotebookScope {
  return { range: time ?? range, filters: ignoreFilters ? [] : filters };
}

/** Null for a cell that asks nothing. */
export function questionOf(cell: Cell, notebook: NotebookScope): Question | null {
  const { range, filters } = scopeOfCell(cell, notebook);
  const { from: start, to: end } = range;
  switch (cell.kind) {
    case "markdown":
      return null;
    case "latency":
      return { kind: "latency", request: latencyRequest(cell, { range, filters }) };
    case "heatmap":
      return { kind: "latency", request: heatmapRequest(cell, { range, filters }) };
    case "series": {
      const query: QueryRequest = { lang: "traceql", text: withFilters(cell.query, filters), start, end };
      return { kind: "query", request: cell.step === null ? query : { ...query, step: cell.step } };
    }
    case "traces":
      return { kind: "query", request: { lang: "traceql", text: withFilters(cell.query, filters), start, end, limit: cell.limit ?? TRACES_DEFAULT } };
    case "sql":
      return { kind: "sql", text: cell.query, range };
    case "compare":
      return { kind: "compare", request: compareQuestion(cell, { range, filters }) };
    case "shares":
      return { kind: "shares", request: sharesRequest(cell, { range, filters }) };
    case "trace":
      return /^0+$/.test(cell.traceId) ? null : { kind: "trace", request: { traceId: cell.traceId, near: cell.near } };
  }
}

/** The filters of a cell and of its notebook that rows of its kind do not know. */
export function leftOut(cell: TimedCell | CompareCell | SharesCell, notebook: NotebookScope): readonly string[] {
  return scopeOf(cell.rows, [...scopeOfCell(cell, notebook).filters, ...cell.filter]).left;
}

/** What a cell of latency asks; null for one whose pinned answer is shown, whatever is asked now. */
export function latencyRequestOf(cell: TimedCell, notebook: NotebookScope): LatencyRequest | null {
  if (cell.pin !== null) return null;
  const scope = scopeOfCell(cell, notebook);
  return cell.kind === "heatmap" ? heatmapRequest(cell, scope) : latencyRequest(cell, scope);
}

/** Rows of what, which of them, and when. */
function timedRows({ rows, filter }: TimedCell, { range, filters }: NotebookScope) {
  const { applied } = scopeOf(rows, [...filters, ...filter]);
  return { ...(rows === "spans" ? {} : { of: rows }), filter: joinClauses(applied), start: range.from, end: range.to };
}

function heatmapRequest(cell: HeatmapCell, scope: NotebookScope): LatencyRequest {
  return { ...timedRows(cell, scope), quantiles: QUANTILES_BESIDE, by: [], exemplars: EXEMPLARS_PER_POINT, limit: 1, heatmap: true };
}

/** What `show` and `before` add to the drawing is not part of the question. */
function latencyRequest(cell: LatencyCell, scope: NotebookScope): LatencyRequest {
  const { quantiles, slots, thresholds } = cell;
  return {
    ...timedRows(cell, scope),
    quantiles,
    ...groupsOf(cell),
    exemplars: EXEMPLARS_PER_POINT,
    ...(slots === "end" ? {} : { slots }),
    ...(thresholds.length === 0 ? {} : { above: thresholds.map(({ ns }) => ns) }),
  };
}

function compareQuestion({ rows, filter, selection, baseline }: CompareCell, { range, filters }: NotebookScope): CompareQuestion {
  const { applied } = scopeOf(rows, [...filters, ...filter]);
  return { of: rows, filter: joinClauses(applied), range, selection, baseline };
}

function sharesRequest({ rows, filter, by, baseline }: SharesCell, { range, filters }: NotebookScope): SharesRequest {
  const { applied } = scopeOf(rows, [...filters, ...filter]);
  return {
    of: rows,
    filter: joinClauses(applied),
    start: range.from,
    end: range.to,
    baseline: baseline === null ? null : { start: baseline.from, end: baseline.to },
    by: by.slice(0, 1),
    exemplars: EXEMPLARS_PER_BAND,
  };
}

/** What a receipt is for; null for a pinned answer, to whose question nobody can return. */
export function compareSubject(cell: CompareCell, selection: string | null, notebook: NotebookScope): Subject | null {
  if (cell.pin !== null || selection === null) return null;
  const { of, filter, range, baseline } = compareQuestion(cell, scopeOfCell(cell, notebook));
  const other = baseline === null ? null : { start: baseline.from, end: baseline.to };
  return { kind: "compare", request: { of, filter, selection: spansetOf(selection), start: range.from, end: range.to, baseline: other } };
}

export function sharesSubject(cell: SharesCell, notebook: NotebookScope): Subject | null {
  return cell.pin === null ? { kind: "shares", request: sharesRequest(cell, scopeOfCell(cell, notebook)) } : null;
}

export function querySubject(cell: SeriesCell | TracesCell, notebook: NotebookScope): Subject | null {
  const question = questionOf(cell, notebook);
  return cell.pin === null && question?.kind === "query" ? { kind: "query", body: question.request } : null;
}

/** A condition as the API takes it. */
export function spansetOf(condition: string): string {
  return condition.trim().startsWith("{") ? condition : `{ ${condition} }`;
}

/** SQL knows no times of its own: its ends are those of the browser's clock. Null where the range is none. */
export function sqlText(text: string, range: Range): string | null {
  const now = nowNanos();
  const [from, to] = [parseTime(range.from, now), parseTime(range.to, now)];
  return from === null || to === null ? null : withTime(text, from, to);
}
