// The critical path of a trace by span: which parts of each bar are on it, and which rows remain when only it is shown.
import type { Span, Trace } from "../api/trace";
import { formatDuration } from "../base/format";
import { buildTree } from "./tree";

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

/** The trace with the spans on the path and their ancestors alone, so that it stays a tree. */
export function onPathOnly(trace: Trace, path: CriticalPath): Trace {
  const { parents } = buildTree(trace.spans);
  const kept = new Set<number>();
  trace.spans.forEach((span, index) => {
    if (!path.has(span)) return;
    for (let at = index; at >= 0 && !kept.has(at); at = parents[at] ?? -1) kept.add(at);
  });
  return { ...trace, spans: trace.spans.filter((_, index) => kept.has(index)) };
}

/** "on the critical path: 12.0 ms", or "" for a span that is not on it. */
export function pathNote(path: CriticalPath, span: Span): string {
  const entry = path.get(span);
  return entry === undefined ? "" : `on the critical path: ${formatDuration(entry.totalNs)}`;
}
