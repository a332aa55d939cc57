// How much of a trace each component has, in three numbers that are never mixed: on the critical path, covered, summed.
import type { Span, Trace } from "../api/trace";
import type { Component } from "../base/palette";

export interface ComponentTime {
  readonly component: Component;
  readonly spans: number;
  /** Of the root's duration; over all components it adds up to it. */
  readonly onPathNs: number;
  /** The time in which at least one of its spans was running. */
  readonly coveredNs: number;
  /** The durations of its spans added up: more than the trace took, where they nest or run side by side. */
  readonly summedNs: number;
}

/** What waits on the critical path first, then what covers most. */
export function componentTimes(trace: Trace): readonly ComponentTime[] {
  const byComponent = new Map<Component, Span[]>();
  const components = new Map<string, Component>();
  for (const span of trace.spans) {
    const list = byComponent.get(span.component);
    if (list === undefined) byComponent.set(span.component, [span]);
    else list.push(span);
    if (!components.has(span.spanId)) components.set(span.spanId, span.component);
  }
  const path = new Map<Component, number>();
  for (const { spanId, durationNs } of trace.criticalPath) {
    const component = components.get(spanId);
    if (component !== undefined) path.set(component, (path.get(component) ?? 0) + durationNs);
  }
  const times = [...byComponent].map(([component, spans]) => ({
    component,
    spans: spans.length,
    onPathNs: path.get(component) ?? 0,
    coveredNs: coveredBy(spans),
    summedNs: spans.reduce((sum, { durationNs }) => sum + durationNs, 0),
  }));
  return times.sort((a, b) => b.onPathNs - a.onPathNs || b.coveredNs - a.coveredNs);
}

/** The length of the union of the spans' times. */
function coveredBy(spans: readonly Span[]): number {
  const byStart = [...spans].sort((a, b) => a.offsetNs - b.offsetNs);
  let [covered, reached] = [0, -Infinity];
  for (const { offsetNs, durationNs } of byStart) {
    const end = offsetNs + durationNs;
    covered += Math.max(end - Math.max(offsetNs, reached), 0);
    reached = Math.max(reached, end);
  }
  return covered;
}
