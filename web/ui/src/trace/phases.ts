// Where a request's time went as parts with words and colours: by phase, or by component where there is no request.
import type { ApiRequest, WebhookCall } from "../api/request";
import type { Trace } from "../api/trace";
import type { Component, Palette, Phase } from "../base/palette";

/** A part of a whole; the parts of one bar add up to it. */
export interface Part {
  readonly key: string;
  readonly label: string;
  readonly colour: string;
  readonly durationNs: number;
  /** Of the whole, from 0 to 1. */
  readonly share: number;
}

const WORDS: Readonly<Record<Phase, string>> = {
  authentication: "authentication",
  audit: "audit",
  impersonation: "impersonation",
  priority_and_fairness: "priority and fairness queue",
  authorization: "authorization",
  mutating_webhook: "mutating webhooks",
  validating_webhook: "validating webhooks",
  conversion: "conversion between versions",
  cache: "watch cache",
  storage_encode: "encoding for storage",
  encryption: "encryption at rest",
  etcd_client: "storage layer around etcd",
  etcd_wire: "waiting for etcd (wire)",
  etcd_server: "etcd",
  etcd_inner: "etcd, the operation itself",
  serialization: "encoding the response",
  aggregation: "another API server",
  self: "API server itself",
};

/** The phases of a request, the longest first. */
export function phaseParts(request: ApiRequest, palette: Palette): readonly Part[] {
  const parts = request.phases.map(({ phase, durationNs }) => ({
    key: phase,
    label: phaseLabel(phase, request.webhooks),
    colour: phaseColour(phase, palette),
    durationNs,
  }));
  return longestFirst(parts);
}

/** The colour of a phase of a request; a phase of a newer server has that of the rest. */
export function phaseColour(phase: string, palette: Palette): string {
  return Object.hasOwn(palette.phases, phase) ? palette.phases[phase as Phase] : palette.rest;
}

/** A phase in words; of webhooks, which ones the request waited for. A phase of a newer server keeps its name. */
export function phaseLabel(phase: string, webhooks: readonly WebhookCall[]): string {
  const words = Object.hasOwn(WORDS, phase) ? WORDS[phase as Phase] : phase.replaceAll("_", " ");
  const kind = phase === "mutating_webhook" ? "mutating" : phase === "validating_webhook" ? "validating" : null;
  const called = webhooks.filter((webhook) => webhook.kind === kind && webhook.waitedNs > 0);
  const names = [...called].sort((a, b) => b.waitedNs - a.waitedNs).map((webhook) => webhook.name);
  const known = [...new Set(names)].filter((name) => name !== "");
  return known.length === 0 ? words : `${words}: ${known.join(", ")}`;
}

/** Those of etcd and the way to it. */
export const ETCD_PHASES: ReadonlySet<string> = new Set(["etcd_client", "etcd_wire", "etcd_server", "etcd_inner"]);

/** The share of a request that etcd and the way to it took. */
export function etcdShare(request: ApiRequest): number {
  const etcdNs = total(request.phases.filter(({ phase }) => ETCD_PHASES.has(phase)));
  return request.durationNs > 0 ? etcdNs / request.durationNs : 0;
}

/** The critical path by component, the longest first; empty where the path is. */
export function componentParts(trace: Trace, palette: Palette, names: Readonly<Record<Component, string>>): readonly Part[] {
  const components = new Map(trace.spans.map((span) => [span.spanId, span.component]));
  const durations = new Map<Component, number>();
  for (const { spanId, durationNs } of trace.criticalPath) {
    const component = components.get(spanId) ?? "other";
    durations.set(component, (durations.get(component) ?? 0) + durationNs);
  }
  return longestFirst(
    [...durations].map(([component, durationNs]) => ({
      key: component,
      label: names[component],
      colour: palette.components[component],
      durationNs,
    })),
  );
}

function longestFirst(parts: readonly Omit<Part, "share">[]): readonly Part[] {
  const whole = total(parts);
  return parts
    .map((part) => ({ ...part, share: whole > 0 ? part.durationNs / whole : 0 }))
    .sort((a, b) => b.durationNs - a.durationNs);
}

function total(parts: readonly { readonly durationNs: number }[]): number {
  return parts.reduce((sum, { durationNs }) => sum + durationNs, 0);
}
