// The critical path of a trace by span: which parts of each bar are on it, what remains when only it is shown, and its order.
import type { Span, Trace } from "../api/trace";
import { formatDuration } from "../base/format";
import type { Sources } from "./sources";

export interface PathPart {
  /** From the trace's start. */
  readonly startNs: number;
  readonly endNs: number;
}

export interface SpanPath {
  /** In order of time, within the span. */
  readonly parts: readonly PathPart[];
  readonly totalNs: number;
}

export type CriticalPath = ReadonlyMap<Span, SpanPath>;

/** Where an id came twice, its first span has the path. */
export function criticalPathOf(trace: Trace): CriticalPath {
  const spans = new Map<string, Span>();
  for (const span of trace.spans) if (!spans.has(span.spanId)) spans.set(span.spanId, span);
  const path = new Map<Span, { parts: PathPart[]; totalNs: number }>();
  for (const { spanId, offsetNs, durationNs } of trace.criticalPath) {
    const span = spans.get(spanId);
    if (span === undefined) continue;
    const entry = path.get(span) ?? { parts: [], totalNs: 0 };
    path.set(span, entry);
    entry.totalNs += durationNs;
    const startNs = Math.max(offsetNs, span.offsetNs);
    const endNs = Math.min(offsetNs + durationNs, span.offsetNs + span.durationNs);
    if (endNs > startNs) entry.parts.push({ startNs, endNs });
  }
  return path;
}

/** 1 for the spans on the path and their ancestors, so that what is kept stays a tree. */
export function onPath({ spans, parents }: Sources, path: CriticalPath): Uint8Array {
  const kept = new Uint8Array(spans.length);
  spans.forEach((span, place) => {
    if (!path.has(span)) return;
    for (let at = place; at >= 0 && kept[at] === 0; at = parents[at]!) kept[at] = 1;
  });
  return kept;
}

/** Places of the spans on the path, in the order in which the path first comes to them. */
export function pathOrder({ spans }: Sources, path: CriticalPath): readonly number[] {
  const places = spans.flatMap((span, place) => (path.has(span) ? [place] : []));
  const reached = (place: number) => path.get(spans[place]!)?.parts[0]?.startNs ?? spans[place]!.offsetNs;
  return places.sort((a, b) => reached(a) - reached(b) || a - b);
}

/** "on the critical path: 12.0 ms", or "" for a span that is not on it. */
export function pathNote(path: CriticalPath, span: Span): string {
  const entry = path.get(span);
  return entry === undefined ? "" : `on the critical path: ${formatDuration(entry.totalNs)}`;
}
