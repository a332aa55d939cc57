// GET /api/v1/traces/{trace_id}: every span of a trace in depth-first order, its critical path and its API requests.
import { getJson } from "../base/client";
import type { AnswerCompleteness } from "../base/completeness";
import { type Json, type Reader, readJson, valueText } from "../base/json";
import { once } from "../base/once";
import type { Component } from "../base/palette";
import type { Result } from "../base/result";
import type { Nanos } from "../base/time";
import { type ApiRequest, readRequest } from "./request";
import { readCompleteness } from "./stats";

export interface TraceRequest {
  readonly traceId: string;
  /** A time near the trace, in Unix nanoseconds, which spares the server a search. */
  readonly near: string | null;
}

export interface Trace {
  readonly traceId: string;
  readonly start: Nanos;
  readonly end: Nanos;
  readonly durationNs: number;
  /** Whether the answer has all spans that the server has of it. */
  readonly complete: boolean;
  /** How many there are, where that is more than the answer has and is known. */
  readonly spansTotal: number | null;
  readonly orphans: number;
  readonly completeness: Completeness;
  /** What the server may not have been able to read. */
  readonly answer: AnswerCompleteness;
  /** Of the root that is shown first, in order of time; adds up to that root's duration. */
  readonly criticalPath: readonly PathSegment[];
  readonly requests: readonly ApiRequest[];
  readonly spans: readonly Span[];
  readonly resources: readonly Resource[];
}

export interface Completeness {
  /** "complete", "details_missing" or "partial". */
  readonly verdict: string;
  /** What did not arrive, in words. */
  readonly reasons: readonly string[];
}

/** A stretch of time in which the span was running and nothing below it was. */
export interface PathSegment {
  readonly spanId: string;
  /** From the trace's start. */
  readonly offsetNs: number;
  readonly durationNs: number;
}

export interface Span {
  readonly spanId: string;
  readonly parentSpanId: string | null;
  readonly depth: number;
  /** Names a parent that was not received. */
  readonly orphan: boolean;
  readonly name: string;
  readonly kind: string;
  readonly service: string;
  readonly component: Component;
  readonly start: Nanos;
  /** From the trace's start. */
  readonly offsetNs: number;
  readonly durationNs: number;
  /** The duration without the time in which a child was running. */
  readonly selfNs: number;
  /** How far it lies outside its parent in another process: negative where it starts before it, positive where it ends after it. */
  readonly clockSkewNs: number | null;
  /** Null where it is unknown. */
  readonly node: Known | null;
  readonly zone: Known | null;
  readonly status: string;
  readonly statusMessage: string;
  readonly scope: { readonly name: string; readonly version: string };
  readonly attributes: readonly Attribute[];
  readonly events: readonly SpanEvent[];
  readonly links: readonly SpanLink[];
  readonly dropped: { readonly attributes: number; readonly events: number; readonly links: number };
  /** Index into the trace's resources. */
  readonly resource: number;
}

/** A value and where it is known from. */
export interface Known {
  readonly value: string;
  readonly how: string;
}

export interface Attribute {
  readonly key: string;
  readonly value: Json;
  readonly type: string;
}

export interface SpanEvent {
  /** From the trace's start. */
  readonly offsetNs: number;
  readonly name: string;
  readonly attributes: readonly Attribute[];
}

export interface SpanLink {
  readonly traceId: string;
  readonly spanId: string;
  readonly attributes: readonly Attribute[];
}

export interface Resource {
  readonly attributes: readonly Attribute[];
  readonly schemaUrl: string;
}

export async function fetchTrace(request: TraceRequest, signal: AbortSignal): Promise<Result<Trace>> {
  return readTraceAnswer(await askTrace(request, signal));
}

/** The answer as it came. */
export async function askTrace(request: TraceRequest, signal: AbortSignal): Promise<Result<unknown>> {
  return getJson(tracePath(request), {}, signal);
}

export function readTraceAnswer(answer: Result<unknown>): Result<Trace> {
  return readJson(answer, readTrace);
}

/** Of the answer, relative to the page. */
export function tracePath({ traceId, near }: TraceRequest): string {
  const path = `api/v1/traces/${encodeURIComponent(traceId)}`;
  return near === null ? path : `${path}?t=${encodeURIComponent(near)}`;
}

function readTrace(reader: Reader): Trace {
  const shared = reader.at("spans").length() > SHARED_FROM ? createShared() : UNSHARED;
  return {
    traceId: reader.at("trace_id").text(),
    start: reader.at("start").nanos(),
    end: reader.at("end").nanos(),
    durationNs: reader.at("duration_ns").number(),
    complete: reader.at("complete").flag(),
    spansTotal: reader.at("spans_total").optional((total) => total.number()),
    orphans: reader.at("orphans").number(),
    completeness: {
      verdict: reader.at("completeness").at("verdict").text(),
      reasons: reader.at("completeness").at("reasons").list((reason) => reason.text()),
    },
    answer: readCompleteness(reader.at("stats")),
    criticalPath: reader.at("critical_path").list((segment) => ({
      spanId: segment.at("span_id").text(),
      offsetNs: segment.at("offset_ns").number(),
      durationNs: segment.at("duration_ns").number(),
    })),
    requests: reader.at("requests").list(readRequest),
    spans: reader.at("spans").list((span) => readSpan(span, shared)),
    resources: reader.at("resources").list((resource) => ({
      attributes: readAttributes(resource.at("attributes"), shared),
      schemaUrl: resource.at("schema_url").optional((url) => url.text()) ?? "",
    })),
  };
}

const COMPONENTS = new Set<string>(["apiserver", "aggregated_apiserver", "etcd", "kubelet", "containerd", "crio", "webhook"]);

function readComponent(text: string): Component {
  return COMPONENTS.has(text) ? (text as Component) : "other";
}

interface Shared {
  readonly text: (text: string) => string;
  readonly attribute: (attribute: Attribute) => Attribute;
  readonly known: (known: Known) => Known;
  readonly scope: (scope: Span["scope"]) => Span["scope"];
}

/** From so many spans on memory is worth the time that it takes to find what they share. */
const SHARED_FROM = 20_000;

function asItIs<Item>(item: Item): Item {
  return item;
}

const UNSHARED: Shared = { text: asItIs, attribute: asItIs, known: asItIs, scope: asItIs };

/** The spans of a trace say much the same: of a hundred thousand, what they share is kept once, and the trace takes a quarter of the memory. */
function createShared(): Shared {
  return {
    text: once<string>([(text) => text]),
    attribute: createAttributes(),
    known: once<Known>([({ value }) => value, ({ how }) => how]),
    scope: once<Span["scope"]>([({ name }) => name, ({ version }) => version]),
  };
}

/** By key and value; the few that are the same text as another type have a place for each type. */
function createAttributes(): (attribute: Attribute) => Attribute {
  const byKey = new Map<string, Map<Json, Attribute>>();
  const ofType = once<Attribute>([({ key }) => key, ({ type }) => type, ({ value }) => valueText(value)]);
  return (attribute) => {
    const { key, type, value } = attribute;
    if (typeof value === "object") return ofType(attribute);
    let byValue = byKey.get(key);
    if (byValue === undefined) byKey.set(key, (byValue = new Map()));
    const known = byValue.get(value);
    if (known === undefined) byValue.set(value, attribute);
    return known === undefined ? attribute : known.type === type ? known : ofType(attribute);
  };
}

function readSpan(reader: Reader, shared: Shared): Span {
  const text = (key: string) => shared.text(reader.textAt(key));
  const scope = reader.at("scope");
  return {
    spanId: reader.textAt("span_id"),
    parentSpanId: reader.absentAt("parent_span_id") ? null : text("parent_span_id"),
    depth: reader.numberAt("depth"),
    orphan: reader.flagAt("orphan"),
    name: text("name"),
    kind: text("kind"),
    service: text("service"),
    component: readComponent(reader.textAt("component")),
    start: reader.at("start").nanos(),
    offsetNs: reader.numberAt("offset_ns"),
    durationNs: reader.numberAt("duration_ns"),
    selfNs: reader.numberAt("self_ns"),
    clockSkewNs: reader.absentAt("clock_skew_ns") ? null : reader.numberAt("clock_skew_ns"),
    node: reader.absentAt("node") ? null : readKnown(reader.at("node"), shared),
    zone: reader.absentAt("zone") ? null : readKnown(reader.at("zone"), shared),
    status: text("status"),
    statusMessage: text("status_message"),
    scope: shared.scope({ name: scope.textAt("name"), version: scope.textAt("version") }),
    attributes: readAttributes(reader.at("attributes"), shared),
    events: readList(reader.at("events"), (event) => ({
      offsetNs: event.at("offset_ns").number(),
      name: shared.text(event.at("name").text()),
      attributes: readAttributes(event.at("attributes"), shared),
    })),
    links: readList(reader.at("links"), (link) => ({
      traceId: link.at("trace_id").text(),
      spanId: link.at("span_id").text(),
      attributes: readAttributes(link.at("attributes"), shared),
    })),
    dropped: readDropped(reader.at("dropped")),
    resource: reader.numberAt("resource"),
  };
}

const NOTHING_DROPPED: Span["dropped"] = { attributes: 0, events: 0, links: 0 };

function readDropped(reader: Reader): Span["dropped"] {
  const [attributes, events, links] = [reader.numberAt("attributes"), reader.numberAt("events"), reader.numberAt("links")];
  return attributes + events + links === 0 ? NOTHING_DROPPED : { attributes, events, links };
}

function readKnown(reader: Reader, shared: Shared): Known {
  return shared.known({ value: reader.textAt("value"), how: reader.textAt("how") });
}

const NONE: readonly never[] = [];

/** Most spans have no event and no link: one empty list serves them all. */
function readList<Item>(reader: Reader, read: (item: Reader) => Item): readonly Item[] {
  const list = reader.list(read);
  return list.length === 0 ? NONE : list;
}

/** A trace has many times as many attributes as spans, and they come in the shape in which they are used. */
function readAttributes(reader: Reader, shared: Shared): readonly Attribute[] {
  const list = reader.listAsIs("an attribute", isAttribute);
  if (list.length === 0) return NONE;
  return shared === UNSHARED ? list : list.map(shared.attribute);
}

function isAttribute(item: unknown): item is Attribute {
  if (typeof item !== "object" || item === null) return false;
  const { key, type, value } = item as Partial<Attribute>;
  return typeof key === "string" && typeof type === "string" && value !== undefined;
}
