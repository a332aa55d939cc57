// Colours that canvases need as values, for both themes. Series colours keep a distance under protanopia and deuteranopia too (tested).

export type Component = "apiserver" | "aggregated_apiserver" | "etcd" | "kubelet" | "containerd" | "crio" | "webhook" | "other";

/** What the API server was doing while a request ran, as the API names it. */
export type Phase =
  | "authentication"
  | "audit"
  | "impersonation"
  | "priority_and_fairness"
  | "authorization"
  | "mutating_webhook"
  | "validating_webhook"
  | "conversion"
  | "cache"
  | "storage_encode"
  | "encryption"
  | "etcd_client"
  | "etcd_wire"
  | "etcd_server"
  | "etcd_inner"
  | "serialization"
  | "aggregation"
  | "self";

/** What a kubelet was doing while it started a pod. */
export type PodPhase = "sandbox" | "network" | "image_pull" | "container_create" | "container_start" | "runtime" | "self";

export interface Palette {
  readonly surface: string;
  readonly ink: string;
  readonly muted: string;
  readonly grid: string;
  readonly error: string;
  readonly series: readonly string[];
  /** The series that holds everything beyond the limit. */
  readonly rest: string;
  readonly components: Readonly<Record<Component, string>>;
  /** Phases of one kind share a hue: etcd's are orange, webhooks violet, the filters green. */
  readonly phases: Readonly<Record<Phase, string>>;
  /** Calls of the runtime share containerd's hue, the rest of the kubelet has its own. */
  readonly podPhases: Readonly<Record<PodPhase, string>>;
}

export const LIGHT: Palette = {
  surface: "#ffffff",
  ink: "#1b1f24",
  muted: "#5c6570",
  grid: "#eceef1",
  error: "#c62828",
  series: ["#0830a5", "#b0890e", "#27998d", "#9c70f4", "#a84d2b", "#5867a6", "#710a62", "#6b2e04"],
  rest: "#7a828c",
  components: {
    apiserver: "#1f5fbf",
    aggregated_apiserver: "#0e7490",
    etcd: "#b45309",
    kubelet: "#0f766e",
    containerd: "#a3195b",
    crio: "#4d6b0f",
    webhook: "#8a3ffc",
    other: "#6b7280",
  },
  phases: {
    authentication: "#4d6b0f",
    audit: "#33490a",
    impersonation: "#73913a",
    priority_and_fairness: "#a3195b",
    authorization: "#648a14",
    mutating_webhook: "#8a3ffc",
    validating_webhook: "#5a1fb0",
    conversion: "#0d8478",
    cache: "#0f5e57",
    storage_encode: "#2a8f63",
    encryption: "#14532d",
    etcd_client: "#cf7a12",
    etcd_wire: "#b45309",
    etcd_server: "#8a3d08",
    etcd_inner: "#5f2a05",
    serialization: "#0784a8",
    aggregation: "#4b5563",
    self: "#1f5fbf",
  },
  podPhases: {
    sandbox: "#a3195b",
    network: "#0784a8",
    image_pull: "#8a3ffc",
    container_create: "#d0538f",
    container_start: "#6f0f3d",
    runtime: "#7a5c6b",
    self: "#0f766e",
  },
};

export const DARK: Palette = {
  surface: "#14171c",
  ink: "#e4e7eb",
  muted: "#9aa3ae",
  grid: "#23282f",
  error: "#ff8a80",
  series: ["#81eafa", "#ec8e17", "#b99ffa", "#3cc198", "#716ff1", "#dce31d", "#1089a0", "#aa6743"],
  rest: "#8b939d",
  components: {
    apiserver: "#6ea8fe",
    aggregated_apiserver: "#56c5e0",
    etcd: "#f5a742",
    kubelet: "#3ddbc0",
    containerd: "#ff7eb6",
    crio: "#a6cf4e",
    webhook: "#be95ff",
    other: "#9ca3af",
  },
  phases: {
    authentication: "#a6cf4e",
    audit: "#7f9c3e",
    impersonation: "#d3ea9a",
    priority_and_fairness: "#ff7eb6",
    authorization: "#c3de7c",
    mutating_webhook: "#be95ff",
    validating_webhook: "#9364ea",
    conversion: "#3ddbc0",
    cache: "#22a894",
    storage_encode: "#7fd6a4",
    encryption: "#4f9e73",
    etcd_client: "#fbd38a",
    etcd_wire: "#f5a742",
    etcd_server: "#dd8226",
    etcd_inner: "#b9651a",
    serialization: "#45bfe6",
    aggregation: "#9ca3af",
    self: "#6ea8fe",
  },
  podPhases: {
    sandbox: "#ff7eb6",
    network: "#45bfe6",
    image_pull: "#be95ff",
    container_create: "#ffb3d4",
    container_start: "#c94f86",
    runtime: "#b39aa6",
    self: "#3ddbc0",
  },
};

/** Keeps each key's colour from one answer to the next: known keys keep their place, new ones take the lowest free one. */
export function assignPlaces(before: ReadonlyMap<string, number>, keys: readonly string[]): ReadonlyMap<string, number> {
  const places = new Map<string, number>();
  for (const key of keys) {
    const place = before.get(key);
    if (place !== undefined) places.set(key, place);
  }
  const taken = new Set(places.values());
  let next = 0;
  for (const key of keys) {
    if (places.has(key)) continue;
    while (taken.has(next)) next++;
    taken.add(next);
    places.set(key, next);
  }
  return places;
}
