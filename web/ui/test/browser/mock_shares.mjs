// Canned answers to where the time goes: an etcd stall that the slowest suffer from, and pods that wait for images.
import { spanIdOf, traceIdOf } from "./mock_data.mjs";

const MS = 1_000_000;
const REQUEST_PHASES = [
  ["authentication", "apiserver"], ["audit", "apiserver"], ["impersonation", "apiserver"], ["priority_and_fairness", "apiserver"],
  ["authorization", "apiserver"], ["mutating_webhook", "webhook"], ["validating_webhook", "webhook"], ["conversion", "apiserver"],
  ["cache", "apiserver"], ["storage_encode", "apiserver"], ["encryption", "apiserver"], ["etcd_client", "apiserver"], ["etcd_wire", "etcd"],
  ["etcd_server", "etcd"], ["etcd_inner", "etcd"], ["serialization", "apiserver"], ["aggregation", "aggregated_apiserver"], ["self", "apiserver"],
];
const POD_PHASES = [["sandbox"], ["network"], ["image_pull"], ["container_create"], ["container_start"], ["runtime"], ["self"]];

/** Band, rows, milliseconds of each phase a row, in the order of the phases. */
const REQUEST_BANDS = [
  ["to_p50", 9_102, [0, 0.2, 0.1, 0, 0.4, 0, 0, 0.2, 1.6, 0.1, 0, 0.1, 0.1, 0.05, 0.05, 1.2, 0, 1.1]],
  ["p50_to_p95", 8_192, [0, 0.3, 0.1, 0.4, 0.5, 2.2, 1.1, 0.3, 2.1, 0.4, 0.2, 1.3, 1.8, 1.1, 2.4, 4.1, 0, 3.2]],
  ["p95_to_p99", 728, [0, 0.4, 0.1, 3, 0.6, 14, 9, 0.4, 3, 0.8, 0.5, 6, 12, 8, 22, 11, 0, 8]],
  ["above_p99", 182, [0, 0.5, 0.1, 12, 0.7, 42, 28, 0.5, 3, 1, 1, 22, 61, 44, 380, 24, 0, 18]],
];
const POD_BANDS = [
  ["to_p50", 40, [310, 180, 0, 90, 120, 12, 240]],
  ["p50_to_p95", 36, [420, 260, 900, 110, 140, 20, 380]],
  ["p95_to_p99", 3, [510, 300, 6_200, 120, 150, 20, 420]],
  ["above_p99", 1, [700, 900, 22_000, 130, 160, 30, 510]],
];

function bandAnswer([band, count, means], exemplars) {
  const phases_ns = means.map((mean) => Math.round(mean * MS) * count);
  const total_ns = phases_ns.reduce((sum, time) => sum + time, 0);
  const mean = Math.round(total_ns / count);
  const span = (slot, duration_ns) => ({ trace_id: traceIdOf(1, slot, 0), span_id: spanIdOf(1, slot, 0), duration_ns });
  return {
    band,
    count,
    total_ns,
    phases_ns,
    shares: phases_ns.map((time) => time / total_ns),
    ...(exemplars ? { exemplars: [span(count % 50, mean), span((count % 50) + 1, Math.round(mean * 2.1))] } : {}),
  };
}

const GROUPS = {
  k8s_verb: ["list", "update", "create", "get", null],
  k8s_resource: ["pods", "leases", "configmaps"],
  instance: ["apiserver-0a1b2c3d-77aa-4c1e-9d5e-0123456789ab", "apiserver-9f8e7d6c-55bb-4f00-8a1b-ba9876543210"],
  k8s_user_agent: ["kube-controller-manager/v1.34.1 (linux/amd64) kubernetes/98b3519/leader-election", '<img src=x onerror="window.hacked=1">'],
  node: ["node-1", "node-2"],
  k8s_namespace: ["prod", "dev"],
  zone: ["zone-a", null],
};

/** A share of the rows of each band; the last group has none of the slowest. */
function groupAnswer(bands, value, index, last, column) {
  const scaled = bands.map(([band, count, means]) => [band, Math.max(1, Math.round(count / (index + 2))), means]);
  const kept = index === last ? scaled.slice(0, 2) : scaled;
  return { labels: { [column]: value }, bands: kept.map((band) => bandAnswer(band, false)) };
}

/** @param {{ of?: string, q?: string, by?: readonly string[], baseline?: object | undefined, exemplars?: number }} question */
export function sharesAnswer({ of = "requests", q = "", by = [], baseline, exemplars = 0 }) {
  const [phases, bands] = of === "requests" ? [REQUEST_PHASES, REQUEST_BANDS] : [POD_PHASES, POD_BANDS];
  const isEmpty = q.includes("nothing-matches");
  const [column] = by;
  const values = column === undefined ? [] : GROUPS[column];
  const before = bands.slice(0, 3).map(([band, count, means]) => [band, Math.round(count * 0.9), means.map((mean, place) => (place % 3 === 2 ? mean * 0.5 : mean))]);
  return {
    phases: phases.map(([name, component]) => ({ name, ...(component === undefined ? {} : { component }) })),
    bounds_ns: isEmpty ? { p50: 0, p95: 0, p99: 0 } : of === "requests" ? { p50: 7 * MS, p95: 41 * MS, p99: 182 * MS } : { p50: 1_400 * MS, p95: 4_100 * MS, p99: 9_800 * MS },
    bands: isEmpty ? [] : bands.map((band) => bandAnswer(band, exemplars > 0)),
    ...(baseline === undefined ? {} : { baseline: before.map((band) => bandAnswer(band, false)) }),
    ...(isEmpty || values.length === 0 ? {} : { groups: values.map((value, index) => groupAnswer(bands, value, index, values.length - 1, column)) }),
    stats: { source: "derived", rows_read: 18_204, files_read: 3, elapsed_ms: 31.7, complete: true, complete_to: "1795000000000000000" },
  };
}
