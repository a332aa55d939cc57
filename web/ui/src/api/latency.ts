// GET /api/v1/latency: quantiles over time by group, each point with real spans as exemplars.
import type { OnProgress } from "../base/answer_stream";
import { type Parameters, getJson } from "../base/client";
import { type Reader, readJson } from "../base/json";
import type { Result } from "../base/result";
import type { RowsOf } from "../base/rows";
import { type Nanos, nowNanos } from "../base/time";
import { type Heatmap, readHeatmap } from "./heatmap";
import { type Stats, readStats } from "./stats";

/** A quantile as the API spells it, such as "0.99". */
export type Quantile = string;

export interface LatencyRequest {
  /** Spans, unless said otherwise. */
  readonly of?: RowsOf;
  readonly filter: string;
  /** Time expressions, as the API takes them. */
  readonly start: string;
  readonly end: string;
  readonly step?: string;
  readonly quantiles: readonly Quantile[];
  readonly by: readonly string[];
  /** The most exemplars a point. */
  readonly exemplars: number;
  /** The most series; the rest comes as one. */
  readonly limit: number;
  /** Whether a span counts in the slot in which it ended, as it does unless said otherwise, or in which it began. */
  readonly slots?: "end" | "start";
  /** Durations in nanoseconds, of which the answer says how many spans took longer. */
  readonly above?: readonly number[];
  /** Whether spans are counted by time and duration too. */
  readonly heatmap?: boolean;
  /** Whether the figures of all slots together are asked for. */
  readonly total?: boolean;
}

export interface Latency {
  readonly start: Nanos;
  readonly end: Nanos;
  readonly stepNs: number;
  readonly series: readonly LatencySeries[];
  /** Null where it was not asked for. */
  readonly heatmap: Heatmap | null;
  /** Why spans were read although there are rollups of them; null where they were not. */
  readonly notByRollup: string | null;
  /** When the answer came, by the browser's clock. */
  readonly answeredAt: Nanos;
  readonly sampling: { readonly rate: number | null; readonly source: string };
  readonly stats: Stats;
}

export interface LatencySeries {
  /** The groups' values as text, in the order asked for; null where a span lacks the attribute. */
  readonly labels: readonly (readonly [name: string, value: string | null])[];
  /** Whether this is the rest beyond the limit. */
  readonly other: boolean;
  readonly count: number;
  readonly points: readonly LatencyPoint[];
  /** All slots together, as one from the first one's start; null where it was not asked for. */
  readonly total: LatencyPoint | null;
  readonly exemplars: readonly Exemplar[];
  /** In the order asked for. */
  readonly above: readonly ShareAbove[];
}

/** How many spans of a series took longer than a threshold; the two ends are the same where that is known exactly. */
export interface ShareAbove {
  readonly thresholdNs: number;
  readonly count: readonly [low: number, high: number];
  readonly share: readonly [low: number, high: number];
}

export interface LatencyPoint {
  /** The slot's start. */
  readonly t: Nanos;
  readonly count: number;
  readonly errors: number;
  /** Nanoseconds by quantile. */
  readonly quantiles: ReadonlyMap<Quantile, number>;
  readonly exact: boolean;
  /** Relative error of the histogram; 0 where exact. */
  readonly errorBound: number;
  /** Quantiles that are the maximum, because the slot has too few spans for them. */
  readonly maximums: ReadonlySet<Quantile>;
  /** 95 % intervals in nanoseconds; null where an end cannot be known. */
  readonly intervals: ReadonlyMap<Quantile, readonly [number | null, number | null]>;
}

export type Pick = "quantile" | "max" | "error" | "median" | "nearest";

/** A real span that stands for its point. */
export interface Exemplar {
  /** The span's end, or its start where slots are by that. */
  readonly t: Nanos;
  readonly slot: Nanos;
  readonly traceId: string;
  readonly spanId: string;
  readonly durationNs: number;
  readonly pick: Pick;
  readonly quantile: Quantile | null;
  readonly rank: number | null;
  readonly error: boolean;
}

export async function fetchLatency(request: LatencyRequest, signal: AbortSignal, onProgress?: OnProgress): Promise<Result<Latency>> {
  return readLatencyAnswer(await askLatency(request, signal, onProgress), request.by);
}

/** The answer as it came. */
export async function askLatency(request: LatencyRequest, signal: AbortSignal, onProgress?: OnProgress): Promise<Result<unknown>> {
  return getJson(LATENCY_PATH, latencyParameters(request), signal, onProgress);
}

export function readLatencyAnswer(answer: Result<unknown>, by: readonly string[]): Result<Latency> {
  return readJson(answer, (reader) => readLatency(reader, by));
}

export const LATENCY_PATH = "api/v1/latency";

export function latencyParameters(request: LatencyRequest): Parameters {
  return {
    q: request.filter,
    of: request.of,
    start: request.start,
    end: request.end,
    step: request.step,
    quantiles: request.quantiles.join(","),
    by: request.by.length === 0 ? undefined : request.by.join(","),
    exemplars: String(request.exemplars),
    limit: String(request.limit),
    slots: request.slots,
    above: request.above?.map((threshold) => `${threshold}ns`).join(","),
    heatmap: request.heatmap ? "true" : undefined,
    total: request.total ? "true" : undefined,
  };
}

function readLatency(reader: Reader, by: readonly string[]): Latency {
  const sampling = reader.at("sampling");
  return {
    start: reader.at("start").nanos(),
    end: reader.at("end").nanos(),
    stepNs: reader.at("step_ns").number(),
    series: reader.at("series").list((series) => readSeries(series, by, slotAt(reader))),
    heatmap: reader.at("heatmap").optional(readHeatmap),
    notByRollup: reader.at("not_by_rollup").optional((why) => why.text()),
    answeredAt: nowNanos(),
    sampling: { rate: sampling.at("rate").optional((rate) => rate.number()), source: sampling.at("source").text() },
    stats: readStats(reader.at("stats")),
  };
}

/** The start of the slot that a time is in. */
function slotAt(reader: Reader): (t: Nanos) => Nanos {
  const start = reader.at("start").nanos();
  const step = BigInt(reader.at("step_ns").number());
  return (t) => t - ((t - start) % step);
}

function readSeries(reader: Reader, by: readonly string[], slotOf: (t: Nanos) => Nanos): LatencySeries {
  const labels = new Map(reader.at("labels").entries());
  return {
    labels: by.map((name) => [name, labels.get(name)?.optional((value) => value.text()) ?? null] as const),
    other: reader.at("other").flag(),
    count: reader.at("count").number(),
    points: reader.at("points").list(readPoint),
    total: reader.at("total").optional(readPoint),
    exemplars: reader.at("exemplars").listOrEmpty((exemplar) => readExemplar(exemplar, slotOf)),
    above: reader.at("above").listOrEmpty(readShareAbove),
  };
}

function readShareAbove(reader: Reader): ShareAbove {
  const pair = (name: string) => [reader.at(`${name}_min`).number(), reader.at(`${name}_max`).number()] as const;
  return { thresholdNs: reader.at("threshold_ns").number(), count: pair("count"), share: pair("share") };
}

function readPoint(reader: Reader): LatencyPoint {
  const intervals = reader.at("interval").optional((map) => map.entries()) ?? [];
  return {
    t: reader.at("t").nanos(),
    count: reader.numberAt("count"),
    errors: reader.numberAt("errors"),
    quantiles: reader.numbersAt("quantiles"),
    exact: reader.flagAt("exact"),
    errorBound: reader.at("error_bound").optional((bound) => bound.number()) ?? 0,
    maximums: new Set(reader.at("quantile_is_max").listOrEmpty((quantile) => quantile.text())),
    intervals: new Map(intervals.map(([quantile, ends]) => [quantile, readInterval(ends)] as const)),
  };
}

function readInterval(reader: Reader): readonly [number | null, number | null] {
  const [low = null, high = null] = reader.list((end) => end.optional((value) => value.number()));
  return [low, high];
}

function readExemplar(reader: Reader, slotOf: (t: Nanos) => Nanos): Exemplar {
  const t = reader.at("t").nanos();
  return {
    t,
    slot: slotOf(t),
    traceId: reader.at("trace_id").text(),
    spanId: reader.at("span_id").text(),
    durationNs: reader.at("duration_ns").number(),
    pick: reader.at("pick").text() as Pick,
    quantile: reader.at("quantile").optional((quantile) => String(quantile.number())),
    rank: reader.at("rank").optional((rank) => rank.number()),
    error: reader.at("error").optional((error) => error.flag()) ?? false,
  };
}
