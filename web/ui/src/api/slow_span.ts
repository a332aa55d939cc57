// A real span that stands for others in an answer: its ids and how long it took.
import type { Reader } from "../base/json";

export interface SlowSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly durationNs: number;
}

export function readSlowSpan(reader: Reader): SlowSpan {
  return {
    traceId: reader.at("trace_id").text(),
    spanId: reader.at("span_id").text(),
    durationNs: reader.at("duration_ns").number(),
  };
}
