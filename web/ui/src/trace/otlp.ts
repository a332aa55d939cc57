// A trace as OTLP JSON (opentelemetry-proto, ExportTraceServiceRequest), as other tools take it.
// Trace state and flags are not in the server's answer, and so not here.
import type { Attribute, Span, Trace } from "../api/trace";
import type { Json } from "../base/json";

type OtlpValue = { readonly [key: string]: Json };

const KINDS = ["unspecified", "internal", "server", "client", "producer", "consumer"];
const STATUSES = ["unset", "ok", "error"];

export function otlpJson(trace: Trace): string {
  const byResource = new Map<number, Map<string, Span[]>>();
  for (const span of trace.spans) {
    const scopes = byResource.get(span.resource) ?? new Map<string, Span[]>();
    byResource.set(span.resource, scopes);
    const scope = JSON.stringify(span.scope);
    const spans = scopes.get(scope);
    if (spans === undefined) scopes.set(scope, [span]);
    else spans.push(span);
  }
  const resourceSpans = [...byResource].map(([resource, scopes]) => ({
    resource: { attributes: (trace.resources[resource]?.attributes ?? []).map(keyValue) },
    scopeSpans: [...scopes.values()].map((spans) => ({ scope: { ...spans[0]!.scope }, spans: spans.map((span) => spanJson(trace, span)) })),
    schemaUrl: trace.resources[resource]?.schemaUrl ?? "",
  }));
  return JSON.stringify({ resourceSpans });
}

function spanJson(trace: Trace, span: Span): Json {
  return {
    traceId: trace.traceId,
    spanId: span.spanId,
    parentSpanId: span.parentSpanId ?? "",
    name: span.name,
    kind: Math.max(KINDS.indexOf(span.kind), 0),
    startTimeUnixNano: span.start.toString(),
    endTimeUnixNano: (span.start + BigInt(Math.round(span.durationNs))).toString(),
    attributes: span.attributes.map(keyValue),
    droppedAttributesCount: span.dropped.attributes,
    events: span.events.map((event) => ({
      timeUnixNano: (trace.start + BigInt(Math.round(event.offsetNs))).toString(),
      name: event.name,
      attributes: event.attributes.map(keyValue),
    })),
    droppedEventsCount: span.dropped.events,
    links: span.links.map((link) => ({ traceId: link.traceId, spanId: link.spanId, attributes: link.attributes.map(keyValue) })),
    droppedLinksCount: span.dropped.links,
    status: { code: Math.max(STATUSES.indexOf(span.status), 0), message: span.statusMessage },
  };
}

function keyValue({ key, value, type }: Attribute): Json {
  return { key, value: typedValue(value, type) };
}

/** Whole numbers are text, as in all of protobuf's JSON. */
function typedValue(value: Json, type: string): OtlpValue {
  switch (type) {
    case "string":
      return { stringValue: value };
    case "bool":
      return { boolValue: value };
    case "int":
      return { intValue: String(value) };
    case "double":
      return { doubleValue: value };
    case "bytes":
      return { bytesValue: value };
    case "empty":
      return {};
    default:
      return untyped(value);
  }
}

/** A value within a list or a map, whose type shows in its JSON alone. */
function untyped(value: Json): OtlpValue {
  if (value === null) return {};
  if (typeof value === "string") return { stringValue: value };
  if (typeof value === "boolean") return { boolValue: value };
  if (typeof value === "number") return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
  if (Array.isArray(value)) return { arrayValue: { values: value.map(untyped) } };
  return { kvlistValue: { values: Object.entries(value).map(([key, inner]) => ({ key, value: untyped(inner) })) } };
}
