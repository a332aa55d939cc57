// What a receipt is for: the question that was asked, as it was asked.
import type { CompareRequest } from "../api/compare";
import type { Latency, LatencyRequest } from "../api/latency";
import type { SharesRequest } from "../api/shares";
import { rfc3339 } from "../base/time";

export type Subject =
  | { readonly kind: "latency"; readonly request: LatencyRequest; readonly answer: Pick<Latency, "start" | "end" | "stepNs" | "notByRollup"> }
  | { readonly kind: "compare"; readonly request: CompareRequest }
  | { readonly kind: "shares"; readonly request: SharesRequest }
  /** TraceQL over whole traces and metrics, or SQL, as POST /api/v1/query takes it. */
  | { readonly kind: "query"; readonly body: { readonly lang: "traceql" | "sql"; readonly text: string; readonly start?: string; readonly end?: string } };

/** The time of the question, as the API takes it; null where it has none. */
export function timeOf(subject: Subject): { readonly start: string; readonly end: string } | null {
  if (subject.kind === "latency") return { start: rfc3339(subject.answer.start), end: rfc3339(subject.answer.end) };
  const { start, end } = subject.kind === "query" ? subject.body : subject.request;
  return start === undefined || end === undefined ? null : { start, end };
}
