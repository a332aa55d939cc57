// The part of a latency answer that counts spans by time and duration.
import type { Reader } from "../base/json";
import type { Nanos } from "../base/time";

export interface Heatmap {
  /** In nanoseconds, ascending; band i lies from bound i up to, and without, bound i + 1. */
  readonly bounds: readonly number[];
  /** Those in which a span ended, in order of time. */
  readonly slots: readonly HeatmapSlot[];
}

export interface HeatmapSlot {
  /** The slot's start. */
  readonly t: Nanos;
  /** Spans by band. */
  readonly counts: readonly number[];
  readonly exemplars: readonly HeatmapExemplar[];
}

/** A real span of one cell. */
export interface HeatmapExemplar {
  readonly band: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly durationNs: number;
  /** The span's end. */
  readonly t: Nanos;
  readonly error: boolean;
}

export function readHeatmap(reader: Reader): Heatmap {
  return { bounds: reader.at("bounds_ns").list((bound) => bound.number()), slots: reader.at("slots").list(readSlot) };
}

function readSlot(reader: Reader): HeatmapSlot {
  return {
    t: reader.at("t").nanos(),
    counts: reader.at("counts").list((count) => count.number()),
    exemplars: reader.at("exemplars").listOrEmpty((exemplar) => ({
      band: exemplar.at("band").number(),
      traceId: exemplar.at("trace_id").text(),
      spanId: exemplar.at("span_id").text(),
      durationNs: exemplar.at("duration_ns").number(),
      t: exemplar.at("t").nanos(),
      error: exemplar.at("error").flag(),
    })),
  };
}
