// POST /api/v1/query: traces that a TraceQL query finds, series of a TraceQL metrics query, rows of a SQL query.
import type { OnProgress } from "../base/answer_stream";
import { postJson } from "../base/client";
import { type Json, type Reader, readJson } from "../base/json";
import type { Result } from "../base/result";
import type { Nanos } from "../base/time";
import { type Stats, readStats } from "./stats";

export interface QueryRequest {
  readonly lang: "traceql" | "sql";
  readonly text: string;
  /** Time expressions; SQL takes none. */
  readonly start?: string;
  readonly end?: string;
  /** Of series, such as "1m". */
  readonly step?: string;
  /** The most traces. */
  readonly limit?: number;
}

export interface FoundTrace {
  readonly traceId: string;
  readonly rootName: string | null;
  readonly rootService: string | null;
  readonly start: Nanos;
  readonly durationNs: number;
  readonly spans: number;
  /** Spans that met the query. */
  readonly matched: number;
  /** The first of them. */
  readonly spanId: string | null;
}

export interface FoundTraces {
  readonly traces: readonly FoundTrace[];
  /** How many were read whole. */
  readonly lookedAt: number;
  readonly hasMore: boolean;
}

export interface SeriesPoint {
  /** The slot's start. */
  readonly t: Nanos;
  readonly value: number;
}

export interface Series {
  /** Values keep their type: a filter must write a number as one. */
  readonly labels: readonly (readonly [name: string, value: Json])[];
  readonly points: readonly SeriesPoint[];
}

export interface Rows {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly rows: readonly (readonly Json[])[];
  readonly isTruncated: boolean;
}

/** The answer as it came. */
export async function askQuery(request: QueryRequest, signal: AbortSignal, onProgress?: OnProgress): Promise<Result<unknown>> {
  return postJson("api/v1/query", request, signal, onProgress);
}

export function readFoundTraces(answer: Result<unknown>): Result<FoundTraces> {
  return readJson(answer, (reader) => ({
    traces: reader.at("traces").list(readFoundTrace),
    lookedAt: reader.at("looked_at").at("traces").number(),
    hasMore: reader.at("looked_at").at("has_more").flag(),
  }));
}

function readFoundTrace(reader: Reader): FoundTrace {
  const sets = reader.at("spansets").list((set) => ({
    matched: set.at("matched").number(),
    spanId: set.at("spans").list((span) => span.at("span_id").text())[0] ?? null,
  }));
  return {
    traceId: reader.at("trace_id").text(),
    rootName: reader.at("root_name").optional((name) => name.text()),
    rootService: reader.at("root_service").optional((name) => name.text()),
    start: reader.at("start").nanos(),
    durationNs: reader.at("duration_ns").number(),
    spans: reader.at("spans").number(),
    matched: sets.reduce((total, { matched }) => total + matched, 0),
    spanId: sets[0]?.spanId ?? null,
  };
}

/** What the answer cost; null where it does not say, as for SQL. */
export function readQueryStats(answer: Result<unknown>): Stats | null {
  const read = readJson(answer, (reader) => reader.at("stats").optional(readStats));
  return read.ok ? read.value : null;
}

export function readSeriesAnswer(answer: Result<unknown>): Result<readonly Series[]> {
  return readJson(answer, (reader) => reader.at("series").list(readSeries));
}

function readSeries(reader: Reader): Series {
  return {
    labels: reader.at("labels").entries().map(([name, value]) => [name, value.json()] as const),
    points: reader.at("points").list((point) => ({ t: point.at("t").nanos(), value: point.at("value").number() })),
  };
}

export function readRows(answer: Result<unknown>): Result<Rows> {
  return readJson(answer, (reader) => ({
    columns: reader.at("columns").list((column) => ({ name: column.at("name").text(), type: column.at("type").text() })),
    rows: reader.at("rows").list((row) => row.list((value) => value.json())),
    isTruncated: reader.at("truncated").flag(),
  }));
}
