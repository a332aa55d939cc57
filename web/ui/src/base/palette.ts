// Colours that canvases need as values, for both themes. Series colours keep a distance under protanopia and deuteranopia too (tested).

export type Component = "apiserver" | "etcd" | "kubelet" | "containerd" | "crio" | "webhook" | "other";

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
    etcd: "#b45309",
    kubelet: "#0f766e",
    containerd: "#a3195b",
    crio: "#4d6b0f",
    webhook: "#8a3ffc",
    other: "#6b7280",
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
    etcd: "#f5a742",
    kubelet: "#3ddbc0",
    containerd: "#ff7eb6",
    crio: "#a6cf4e",
    webhook: "#be95ff",
    other: "#9ca3af",
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
