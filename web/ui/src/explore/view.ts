// What the page shows, as it stands in the URL's query: read from it, written to it, defaults left out.
import type { ThemeChoice } from "../base/theme";
import { DEFAULT_BY, DEFAULT_CLAUSES, DEFAULT_QUANTILES, isDefaultFilter } from "./default_view";

export const REFRESH_CHOICES = ["off", "5s", "10s", "30s"] as const;
export type Refresh = (typeof REFRESH_CHOICES)[number];
export const QUANTILE_CHOICES = ["0.5", "0.9", "0.99", "0.999"] as const;

export interface OpenTrace {
  readonly traceId: string;
  /** The selected span; null selects the first. */
  readonly spanId: string | null;
  /** A time near the trace in Unix nanoseconds. */
  readonly near: string | null;
}

export interface View {
  readonly clauses: readonly string[];
  readonly by: readonly string[];
  /** Time expressions; null leaves the range to the server's hint. */
  readonly range: { readonly from: string; readonly to: string } | null;
  /** Ascending. */
  readonly quantiles: readonly string[];
  readonly refresh: Refresh;
  readonly table: boolean;
  readonly theme: ThemeChoice;
  readonly open: OpenTrace | null;
}

export function readView(search: string): View {
  const parameters = new URLSearchParams(search);
  const from = parameters.get("from");
  const clauses = parameters.getAll("f").filter((clause) => clause.trim() !== "");
  const by = parameters.get("by");
  const quantiles = QUANTILE_CHOICES.filter((quantile) => parameters.get("q")?.split(",").includes(quantile));
  const theme = parameters.get("theme");
  return {
    clauses: parameters.has("f") ? clauses : DEFAULT_CLAUSES,
    by: by === null ? DEFAULT_BY : splitNames(by),
    range: from === null ? null : { from, to: parameters.get("to") ?? "now" },
    quantiles: quantiles.length > 0 ? quantiles : DEFAULT_QUANTILES,
    refresh: REFRESH_CHOICES.find((choice) => choice === parameters.get("refresh")) ?? "off",
    table: parameters.get("view") === "table",
    theme: theme === "light" || theme === "dark" ? theme : "system",
    open: readOpenTrace(parameters),
  };
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
  if (view.table) parameters.set("view", "table");
  if (view.theme !== "system") parameters.set("theme", view.theme);
  if (view.open !== null) {
    parameters.set("trace", view.open.traceId);
    if (view.open.spanId !== null) parameters.set("span", view.open.spanId);
    if (view.open.near !== null) parameters.set("t", view.open.near);
  }
  const text = parameters.toString();
  return text === "" ? "" : `?${text}`;
}

function sameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((item, index) => item === b[index]);
}
