// The document of a notebook: typed cells over one time and one filter.
import type { SharesOf } from "../api/shares";
import type { Json } from "../base/json";
import type { Refresh } from "../base/refresh";
import type { RowsOf } from "../base/rows";
import type { Range } from "../explore/view";

export const SCHEMA = "tailplane.notebook/1";
export const CELLS_MAX = 200;
export const HEIGHT_MIN = 40;
export const HEIGHT_MAX = 2_000;

export interface NotebookTime extends Range {
  readonly refresh: Refresh;
}

export interface NotebookDocument {
  readonly title: string;
  readonly about: string;
  readonly tags: readonly string[];
  readonly time: NotebookTime;
  /** TraceQL conditions on one span. */
  readonly filters: readonly string[];
  readonly cells: readonly Cell[];
}

/** An answer that was kept, as the API gave it. */
export interface Pin {
  /** RFC 3339. */
  readonly at: string;
  readonly answer: Json;
}

export const WIDTHS = ["full", "half"] as const;

/** What every cell has; null is what the document leaves out. */
export interface CellFrame {
  readonly id: string;
  readonly title: string | null;
  readonly width: (typeof WIDTHS)[number];
  /** Pixels; null is the kind's own. */
  readonly height: number | null;
  /** Instead of the notebook's. */
  readonly time: Range | null;
  readonly ignoreFilters: boolean;
  /** The cell that this one was derived from. */
  readonly of: string | null;
  readonly pin: Pin | null;
}

export const SHOWN = ["latency", "rate", "errors"] as const;
export const SLOTS = ["end", "start"] as const;
export const SHARED: readonly SharesOf[] = ["requests", "pod_starts"];

export interface Threshold {
  readonly ns: number;
  readonly label: string;
}

export interface HeatmapSelection extends Range {
  readonly lowNs: number;
  readonly highNs: number;
}

export interface MarkdownCell extends CellFrame {
  readonly kind: "markdown";
  readonly text: string;
}

export interface LatencyCell extends CellFrame {
  readonly kind: "latency";
  readonly rows: RowsOf;
  readonly filter: readonly string[];
  readonly by: readonly string[];
  /** Ascending. */
  readonly quantiles: readonly string[];
  readonly show: (typeof SHOWN)[number];
  /** "end" but of spans. */
  readonly slots: (typeof SLOTS)[number];
  readonly thresholds: readonly Threshold[];
  /** The same so much earlier, such as "24h". */
  readonly before: string | null;
  readonly limit: number | null;
  /** The part of all that shall succeed: failures are then shown as multiples of what it allows. */
  readonly objective: number | null;
}

export interface HeatmapCell extends CellFrame {
  readonly kind: "heatmap";
  readonly rows: RowsOf;
  readonly filter: readonly string[];
  readonly selection: HeatmapSelection | null;
}

export interface SeriesCell extends CellFrame {
  readonly kind: "series";
  readonly query: string;
  readonly step: string | null;
}

export interface TracesCell extends CellFrame {
  readonly kind: "traces";
  readonly query: string;
  readonly limit: number | null;
}

export interface SqlCell extends CellFrame {
  readonly kind: "sql";
  readonly query: string;
}

export interface CompareCell extends CellFrame {
  readonly kind: "compare";
  readonly rows: RowsOf;
  readonly filter: readonly string[];
  /** A condition on one row; null is slower than p99. */
  readonly selection: string | null;
  /** Null is the rest of the same time. */
  readonly baseline: Range | null;
}

export interface SharesCell extends CellFrame {
  readonly kind: "shares";
  readonly rows: SharesOf;
  readonly filter: readonly string[];
  readonly by: readonly string[];
  readonly baseline: Range | null;
}

export interface TraceCell extends CellFrame {
  readonly kind: "trace";
  readonly traceId: string;
  readonly spanId: string | null;
  /** A time near it, in Unix nanoseconds. */
  readonly near: string | null;
}

export type Cell =
  | MarkdownCell
  | LatencyCell
  | HeatmapCell
  | SeriesCell
  | TracesCell
  | SqlCell
  | CompareCell
  | SharesCell
  | TraceCell;

export type CellKind = Cell["kind"];
/** Cells that can be saved as a picture. */
export type ChartCell = LatencyCell | HeatmapCell | SeriesCell;
/** Cells whose answer is one of latency. */
export type TimedCell = LatencyCell | HeatmapCell;

export function isChart(cell: Cell): cell is ChartCell {
  return cell.kind === "latency" || cell.kind === "heatmap" || cell.kind === "series";
}

export type CellOf<Kind extends CellKind> = Extract<Cell, { readonly kind: Kind }>;

export const KINDS: Readonly<Record<CellKind, { readonly words: string; readonly height: number | null }>> = {
  markdown: { words: "Text", height: null },
  latency: { words: "Latency over time", height: 400 },
  heatmap: { words: "Heatmap of durations", height: 320 },
  series: { words: "Series over time", height: 300 },
  traces: { words: "Traces", height: 300 },
  sql: { words: "SQL", height: 280 },
  compare: { words: "What is different", height: 420 },
  shares: { words: "Where the time goes", height: 480 },
  trace: { words: "One trace", height: 480 },
};

/** Null for a cell as high as what it holds. */
export function heightOf({ kind, height }: Pick<Cell, "kind" | "height">): number | null {
  return height ?? KINDS[kind].height;
}

/** Its own, or what such a cell is. */
export function titleOf({ title, kind }: Pick<Cell, "title" | "kind">): string {
  return title === null || title.trim() === "" ? KINDS[kind].words : title;
}

const FRAME: Omit<CellFrame, "id"> = {
  title: null,
  width: "full",
  height: null,
  time: null,
  ignoreFilters: false,
  of: null,
  pin: null,
};

/** A cell as it begins. */
export function newCell(kind: CellKind, id: string): Cell {
  const frame = { ...FRAME, id };
  switch (kind) {
    case "markdown":
      return { ...frame, kind, text: "" };
    case "latency":
      return {
        ...frame, kind, rows: "spans", filter: [], by: [], quantiles: ["0.5", "0.99"], show: "latency", slots: "end", thresholds: [], before: null, limit: null, objective: null,
      };
    case "heatmap":
      return { ...frame, kind, rows: "spans", filter: [], selection: null };
    case "series":
      return { ...frame, kind, query: "{ kind = server } | rate() by(k8s:component)", step: null };
    case "traces":
      return { ...frame, kind, query: "{ status = error }", limit: null };
    case "sql":
      return { ...frame, kind, query: SQL_EXAMPLE };
    case "compare":
      return { ...frame, kind, rows: "spans", filter: [], selection: null, baseline: null };
    case "shares":
      return { ...frame, kind, rows: "requests", filter: [], by: ["k8s_verb"], baseline: null };
    case "trace":
      return { ...frame, kind, traceId: "0".repeat(32), spanId: null, near: null };
  }
}

const SQL_EXAMPLE = `SELECT k8s_verb, k8s_resource, count(*) AS requests, max(duration_ns) AS slowest_ns
FROM requests
WHERE start_time >= to_timestamp_nanos($from) AND start_time < to_timestamp_nanos($to)
GROUP BY 1, 2 ORDER BY 4 DESC LIMIT 20`;

export function emptyDocument(): NotebookDocument {
  return { title: "New notebook", about: "", tags: [], time: { from: "now-1h", to: "now", refresh: "off" }, filters: [], cells: [] };
}
