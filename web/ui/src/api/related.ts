// POST /api/v1/query for the traces around one: those that link to it, and those of the same audit ids, which kube-apiserver gives to requests.
import { postJson } from "../base/client";
import { type Reader, readJson } from "../base/json";
import { type Result, success } from "../base/result";
import type { Nanos } from "../base/time";
import { comparison, quoteString } from "../base/traceql";
import type { QueryRequest } from "./search";

export interface RelatedRequest {
  readonly traceId: string;
  /** Between which the others are looked for. */
  readonly start: Nanos;
  readonly end: Nanos;
  /** None asks for links alone. */
  readonly auditIds: readonly string[];
}

export interface RelatedTrace {
  readonly traceId: string;
  /** Its span that has the link or the audit id. */
  readonly spanId: string;
  readonly rootName: string | null;
  readonly rootService: string | null;
  readonly durationNs: number;
  /** The span that it links to, or the audit id that both have. */
  readonly to: { readonly spanId: string } | { readonly auditId: string };
}

export interface RelatedTraces {
  readonly traces: readonly RelatedTrace[];
  /** Whether there are more than were asked for. */
  readonly hasMore: boolean;
}

/** So many traces of each of the two kinds, the latest. */
const TRACES_MAX = 20;

/** Each trace once: by its link, where it has both. */
export async function fetchRelated(request: RelatedRequest, signal: AbortSignal): Promise<Result<RelatedTraces>> {
  const { traceId, auditIds } = request;
  const linking = find(request, comparison("link:traceID", "=", quoteString(traceId)), ["link:traceID", "link:spanID"], signal);
  const sameAudit = auditIds.map((id) => comparison("span.audit-id", "=", quoteString(id))).join(" || ");
  const auditing = auditIds.length === 0 ? success(NOTHING) : find(request, sameAudit, ["span.audit-id"], signal);
  const [links, audits] = await Promise.all([linking, auditing]);
  if (!links.ok) return links;
  if (!audits.ok) return audits;
  const known = new Set([traceId, ...links.value.traces.map((trace) => trace.traceId)]);
  const others = audits.value.traces.filter((trace) => !known.has(trace.traceId));
  return success({ traces: [...links.value.traces, ...others], hasMore: links.value.hasMore || audits.value.hasMore });
}

const NOTHING: RelatedTraces = { traces: [], hasMore: false };

async function find({ traceId, start, end }: RelatedRequest, condition: string, shown: readonly string[], signal: AbortSignal): Promise<Result<RelatedTraces>> {
  const text = `{ ${condition} } | select(${shown.join(", ")})`;
  const question: QueryRequest = { lang: "traceql", text, start: start.toString(), end: end.toString(), limit: TRACES_MAX };
  return readJson(await postJson("api/v1/query", question, signal), (reader) => ({
    traces: reader.at("traces").list(readRelated).filter((trace) => trace.traceId !== traceId),
    hasMore: reader.at("looked_at").at("has_more").flag(),
  }));
}

function readRelated(reader: Reader): RelatedTrace {
  const [span] = reader.at("spansets").list((set) => set.at("spans").list(readSpan)[0] ?? NO_SPAN);
  return {
    traceId: reader.at("trace_id").text(),
    rootName: reader.at("root_name").optional((name) => name.text()),
    rootService: reader.at("root_service").optional((name) => name.text()),
    durationNs: reader.at("duration_ns").number(),
    ...(span ?? NO_SPAN),
  };
}

const NO_SPAN: Pick<RelatedTrace, "spanId" | "to"> = { spanId: "", to: { spanId: "" } };

function readSpan(reader: Reader): Pick<RelatedTrace, "spanId" | "to"> {
  const said = (name: string) => reader.at("attributes").at(name).optional((value) => value.text());
  const auditId = said("span.audit-id");
  return { spanId: reader.at("span_id").text(), to: auditId === null ? { spanId: said("link:spanID") ?? "" } : { auditId } };
}
