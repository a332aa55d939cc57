// Every answer as a plain table: the twin of its chart, what a CSV file and an exported notebook hold.
import { readCompareAnswer } from "../api/compare";
import { type Latency, readLatencyAnswer } from "../api/latency";
import { type Series, readFoundTraces, readRows, readSeriesAnswer } from "../api/search";
import { readSharesAnswer } from "../api/shares";
import { readTraceAnswer } from "../api/trace";
import { quantileLabel } from "../base/format";
import { type Json, valueText } from "../base/json";
import { type Result, failure, success } from "../base/result";
import { OF_WORDS, type RowWords } from "../base/rows";
import { rfc3339 } from "../base/time";
import { seriesName } from "../charts/chart_data";
import { valueWords } from "../compare/words";
import { objectiveOf, readCellLatency } from "./availability";
import type { Cell } from "./document";

export interface Column {
  readonly name: string;
  readonly isNumber: boolean;
}

export type Value = string | number | null;

export interface Table {
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Value[])[];
}

const words = (name: string): Column => ({ name, isNumber: false });
const figures = (name: string): Column => ({ name, isNumber: true });

function mapped<From, To>(result: Result<From>, make: (value: From) => To): Result<To> {
  return result.ok ? success(make(result.value)) : result;
}

/** The table of a cell's answer, as the API gave it. */
export function tableOf(cell: Cell, answer: Json): Result<Table> {
  const raw = success<unknown>(answer);
  switch (cell.kind) {
    case "markdown":
      return failure("invalid", "a text has no answer");
    case "latency":
      return mapped(readCellLatency(cell, answer), (latency) => {
        const [objective, named] = [objectiveOf(cell), OF_WORDS[cell.rows]];
        return objective === null ? latencyTable(latency, named, cell.quantiles) : burnTable(latency, named, objective);
      });
    case "heatmap":
      return mapped(readLatencyAnswer(raw, []), (latency) => latencyTable(latency, OF_WORDS[cell.rows], ["0.5", "0.9", "0.99"]));
    case "series":
      return mapped(readSeriesAnswer(raw), (series) => ({
        columns: [words("slot"), words("series"), figures("value")],
        rows: series.flatMap(({ labels, points }) => points.map(({ t, value }) => [rfc3339(t), labelsText(labels), value])),
      }));
    case "traces":
      return mapped(readFoundTraces(raw), ({ traces }) => ({
        columns: [words("start"), words("root"), words("service"), figures("duration_ns"), figures("spans"), figures("matched"), words("trace_id")],
        rows: traces.map((trace) => [
          rfc3339(trace.start), trace.rootName, trace.rootService, trace.durationNs, trace.spans, trace.matched, trace.traceId,
        ]),
      }));
    case "sql":
      return mapped(readRows(raw), ({ columns, rows }) => ({
        columns: columns.map(({ name, type }) => ({ name, isNumber: /^(U?Int|Float|Decimal)/.test(type) })),
        rows: rows.map((row) => row.map(plain)),
      }));
    case "compare":
      return mapped(readCompareAnswer(raw), ({ findings }) => ({
        columns: [words("attribute"), words("value"), figures("selected"), figures("share of selected"), figures("others"), figures("share of others"), figures("q-value")],
        rows: findings.map((finding) => [
          finding.attribute, valueWords(finding), finding.counts.selected, finding.shareSelected, finding.counts.baseline, finding.shareBaseline, finding.qValue,
        ]),
      }));
    case "shares":
      return mapped(readSharesAnswer(raw, cell.by.slice(0, 1)), ({ phases, bands }) => ({
        columns: [words("band"), words("phase"), figures("time_ns"), figures("rows")],
        rows: bands.flatMap(({ band, phasesNs, count }) => phases.map((phase, place) => [band, phase, phasesNs[place] ?? 0, count])),
      }));
    case "trace":
      return mapped(readTraceAnswer(raw), ({ spans }) => ({
        columns: [figures("depth"), words("name"), words("service"), figures("offset_ns"), figures("duration_ns"), figures("self_ns"), words("status"), words("span_id")],
        rows: spans.map((span) => [span.depth, span.name, span.service, span.offsetNs, span.durationNs, span.selfNs, span.status, span.spanId]),
      }));
  }
}

function latencyTable(latency: Latency, named: RowWords, quantiles: readonly string[]): Table {
  return {
    columns: [words("slot"), words("series"), figures(named.many), figures("errors"), ...quantiles.map((quantile) => figures(`${quantileLabel(quantile)}_ns`))],
    rows: latency.series.flatMap((series) =>
      series.points.map((point) => [
        rfc3339(point.t), seriesName(series, named), point.count, point.errors, ...quantiles.map((quantile) => point.quantiles.get(quantile) ?? null),
      ]),
    ),
  };
}

function burnTable({ series }: Latency, named: RowWords, objective: number): Table {
  return {
    columns: [words("slot"), words("series"), figures(named.many), figures("failed"), figures("burn_rate")],
    rows: series.flatMap((one) => one.points.map(({ t, count, errors }) => [rfc3339(t), seriesName(one, named), count, errors, errors / count / (1 - objective)])),
  };
}

export function labelsText(labels: Series["labels"]): string {
  return labels.length === 0 ? "all spans" : labels.map(([name, value]) => `${name}=${valueText(value)}`).join(", ");
}

function plain(value: Json): Value {
  return value === null || typeof value === "number" || typeof value === "string" ? value : valueText(value);
}

/** Sorted by a column, numbers by size; rows without a value come last. */
export function sorted({ rows }: Table, column: number, isAscending: boolean): readonly (readonly Value[])[] {
  const sign = isAscending ? 1 : -1;
  return [...rows].sort((one, other) => {
    const [a, b] = [one[column] ?? null, other[column] ?? null];
    if (a === null || b === null) return (a === null ? 1 : 0) - (b === null ? 1 : 0);
    if (typeof a === "number" && typeof b === "number") return sign * (a - b);
    return sign * String(a).localeCompare(String(b), undefined, { numeric: true });
  });
}

/** RFC 4180; a text that a spreadsheet would take for a formula begins with an apostrophe. */
export function csvOf({ columns, rows }: Table): string {
  const field = (value: Value) => {
    if (value === null) return "";
    if (typeof value === "number") return String(value);
    const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return [columns.map(({ name }) => name), ...rows].map((row) => row.map(field).join(",")).join("\r\n") + "\r\n";
}
