// Which colour is which component, with the number of spans of each.
import type { Trace } from "../api/trace";
import { formatCount } from "../base/format";
import type { Component } from "../base/palette";
import { palette } from "../base/theme";

export const COMPONENT_NAMES: Readonly<Record<Component, string>> = {
  apiserver: "apiserver",
  aggregated_apiserver: "aggregated API server",
  etcd: "etcd",
  kubelet: "kubelet",
  containerd: "containerd",
  crio: "CRI-O",
  webhook: "webhook",
  other: "other",
};

export function ComponentLegend({ trace }: { readonly trace: Trace }) {
  const counts = new Map<Component, number>();
  for (const span of trace.spans) counts.set(span.component, (counts.get(span.component) ?? 0) + 1);
  const colours = palette.value.components;
  const present = (Object.keys(COMPONENT_NAMES) as Component[]).filter((component) => counts.has(component));
  return (
    <ul class="component-legend" aria-label="Components">
      {present.map((component) => (
        <li key={component}>
          <span class="swatch" style={{ backgroundColor: colours[component] }} />
          {COMPONENT_NAMES[component]} <span class="muted">{formatCount(counts.get(component) ?? 0)}</span>
        </li>
      ))}
    </ul>
  );
}
