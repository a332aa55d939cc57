// How every component is doing: one latency question over the last minutes, told by component.
import { type Latency, type LatencyRequest, type LatencySeries, fetchLatency } from "../api/latency";
import type { OnProgress } from "../base/answer_stream";
import { nextTask } from "../base/next_task";
import { type Result, success } from "../base/result";
import { comparison, quoteString } from "../base/traceql";
import { type Nanos, nowNanos } from "../base/time";
import { notebookLink } from "../notebook/address";

export const TILE_RANGE = { from: "now-15m", to: "now" };
const COMPONENT = "k8s:component";
/** Server spans without what is long by nature; the kubelet's work on a pod begins with a span of its own. */
export const TILE_CLAUSE = '(kind = server && !(k8s:watch = true) && !(k8s:verb = "connect")) || name = "syncPod"';
/** As many slots as a sparkline can show. */
const STEP = "15s";
const QUANTILE = "0.99";
const COMPONENTS_MAX = 12;
const SILENT_AFTER_NS = 60_000_000_000n;

export interface Tile {
  readonly component: string;
  /** Of all the minutes together. */
  readonly p99Ns: number;
  readonly count: number;
  readonly errors: number;
  /** In order of time. */
  readonly points: readonly { readonly t: Nanos; readonly value: number }[];
  /** When its last slot ended. */
  readonly lastSeen: Nanos;
  /** Nothing came for a while, though others are heard. */
  readonly isSilent: boolean;
}

export async function fetchTiles(_: string, signal: AbortSignal, onProgress: OnProgress): Promise<Result<readonly Tile[]>> {
  const request: LatencyRequest = {
    filter: `{ ${TILE_CLAUSE} }`, start: TILE_RANGE.from, end: TILE_RANGE.to, step: STEP, quantiles: [QUANTILE], by: [COMPONENT], exemplars: 0, limit: COMPONENTS_MAX, total: true,
  };
  const latency = await fetchLatency(request, signal, onProgress);
  if (!latency.ok) return latency;
  // To read the answer, to reckon with it and to draw it takes as long as one task may, each by itself.
  await nextTask();
  const tiles = tilesOf(latency.value, nowNanos());
  await nextTask();
  return success(tiles);
}

/** In the order of the way of a request. */
const ORDER = ["apiserver", "aggregated_apiserver", "etcd", "webhook", "kubelet", "containerd", "crio"];

export function tilesOf(latency: Latency, now: Nanos): readonly Tile[] {
  const place = ({ component }: Tile) => (ORDER.includes(component) ? ORDER.indexOf(component) : ORDER.length);
  const tiles = latency.series.flatMap((series) => tileOf(series, latency.stepNs, now) ?? []);
  return [...tiles].sort((a, b) => place(a) - place(b) || b.count - a.count);
}

function tileOf({ labels, other, points, total }: LatencySeries, stepNs: number, now: Nanos): Tile | null {
  const component = labels[0]?.[1] ?? null;
  const last = points.at(-1);
  if (other || component === null || last === undefined) return null;
  const lastSeen = last.t + BigInt(Math.round(stepNs));
  return {
    component,
    p99Ns: total?.quantiles.get(QUANTILE) ?? 0,
    count: points.reduce((total, { count }) => total + count, 0),
    errors: points.reduce((total, { errors }) => total + errors, 0),
    points: points.flatMap(({ t, quantiles }) => {
      const value = quantiles.get(QUANTILE);
      return value === undefined ? [] : [{ t, value }];
    }),
    lastSeen,
    isSilent: now - lastSeen > SILENT_AFTER_NS,
  };
}

const NOTEBOOKS: Readonly<Record<string, string>> = { apiserver: "api-latency", etcd: "etcd", webhook: "webhooks" };

/** The built-in notebook about a component, or the explore view of its spans. */
export function tileLink(component: string, notebooks: ReadonlySet<string>): string {
  const id = NOTEBOOKS[component];
  if (id !== undefined && notebooks.has(id)) return notebookLink(id);
  const parameters = new URLSearchParams({ by: "name", from: TILE_RANGE.from, to: TILE_RANGE.to });
  for (const clause of [comparison(COMPONENT, "=", quoteString(component)), TILE_CLAUSE]) parameters.append("f", clause);
  return `?${parameters}`;
}
