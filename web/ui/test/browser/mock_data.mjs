// Canned answers of the API, generated from a fixed seed, so that every run of the browser test sees the same page.

export const END_NS = 1_795_000_000n * 1_000_000_000n;
const STEP_NS = 10_000_000_000n;
const SLOTS = 90;
const START_NS = END_NS - BigInt(SLOTS) * STEP_NS;
const SERIES = [
  ["GET /api/v1/namespaces/{:namespace}/pods/{:name}", 4e6, 400],
  ["PUT /apis/coordination.k8s.io/v1/namespaces/{:namespace}/leases/{:name}", 9e6, 900],
  ["GET /api/v1/pods", 160e6, 30],
  ["POST /api/v1/namespaces/{:namespace}/pods", 55e6, 60],
  ["PATCH /api/v1/namespaces/{:namespace}/pods/{:name}/status", 12e6, 240],
  ["GET /apis/apps/v1/replicasets", 90e6, 3],
  ["DELETE /api/v1/namespaces/{:namespace}/pods/{:name}", 21e6, 12],
];

function randomFrom(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 4294967296;
  };
}

const hex = (value, digits) => value.toString(16).padStart(digits, "0");
export const traceIdOf = (series, slot, pick) => hex(0x7a11, 4) + hex(series, 4) + hex(slot, 4) + hex(pick + 1, 4) + "0".repeat(16);
const spanIdOf = (series, slot, pick) => hex(0xa1, 4) + hex(series, 4) + hex(slot, 4) + hex(pick + 1, 4);

/** The etcd stall around slot 60 makes writes slow. */
function slowness(series, slot) {
  const stalled = slot >= 58 && slot <= 61;
  return stalled ? (series === 0 || series === 2 ? 6 : 30) : 1 + 0.3 * Math.sin(slot / 7 + series);
}

function pointOf(series, slot, random) {
  const [, base, rate] = SERIES[series];
  const middle = base * slowness(series, slot) * (0.85 + 0.3 * random());
  const tail = middle * (2.5 + 4 * random());
  const count = Math.max(1, Math.round(rate * (0.7 + 0.6 * random())));
  return {
    t: (START_NS + BigInt(slot) * STEP_NS).toString(),
    count,
    count_estimated: count,
    errors: slot >= 58 && slot <= 61 && series % 2 === 1 ? 2 : 0,
    quantiles: { 0.5: middle, 0.9: middle * 1.9, 0.99: tail, 0.999: tail * 1.2 },
    exact: rate < 100,
    error_bound: rate < 100 ? 0 : 0.004,
    ...(count < 100 ? { quantile_is_max: ["0.99"] } : {}),
    ...(series === 5 ? { interval: { 0.99: [middle, null] } } : {}),
  };
}

function exemplarsOf(series, slot, point, random) {
  const picks = [["quantile", point.quantiles["0.99"]], ["max", point.quantiles["0.99"] * 1.3]];
  if (point.errors > 0) picks.push(["error", point.quantiles["0.99"] * 0.9]);
  return picks.slice(0, 3).map(([pick, duration], index) => {
    const end = BigInt(point.t) + BigInt(Math.floor(random() * 1e10));
    return {
      t: end.toString(),
      slot: point.t,
      start: (end - BigInt(Math.round(duration))).toString(),
      trace_id: traceIdOf(series, slot, index),
      span_id: spanIdOf(series, slot, index),
      duration_ns: Math.round(duration),
      pick,
      ...(pick === "quantile" ? { quantile: 0.99, rank: 0.9902 } : {}),
      error: pick === "error",
    };
  });
}

export function latencyAnswer(by) {
  const random = randomFrom(7);
  const series = SERIES.map(([name, , rate], index) => {
    const slots = [...Array(SLOTS).keys()].filter((slot) => rate > 5 || slot % 9 < 2).filter((slot) => slot < 20 || slot > 24 || index !== 3);
    const points = slots.map((slot) => pointOf(index, slot, random));
    const labels = Object.fromEntries(by.map((key) => [key, key === "name" ? name : index === 6 ? null : `${key} ${index}`]));
    return {
      labels,
      count: points.reduce((total, point) => total + point.count, 0),
      points,
      exemplars: points.flatMap((point, place) => (place % 3 === 0 || point.errors > 0 ? exemplarsOf(index, slots[place], point, random) : [])),
    };
  });
  const rest = { ...series[4], labels: { series: "other" }, other: true, exemplars: [] };
  return {
    start: START_NS.toString(),
    end: END_NS.toString(),
    step_ns: Number(STEP_NS),
    quantiles: [0.5, 0.99],
    series: by.length === 0 ? [{ ...series[0], labels: {} }] : [...series, rest],
    sampling: { rate: 1, source: "config" },
    stats: { source: "scan", rows_read: 1_284_113, files_read: 12, elapsed_ms: 84.2, complete: true },
  };
}

export function emptyLatencyAnswer() {
  return { ...latencyAnswer([]), series: [] };
}

const HOSTILE = '<img src=x onerror="window.hacked=1">\u202egnp.exe';
const text = (key, value) => ({ key, value, type: "string" });

/** Depth, name, component, offset and duration in milliseconds, more fields. */
const SPANS = [
  [0, "POST /api/v1/namespaces/{:namespace}/pods", "apiserver", 0, 812, { kind: "server" }],
  [1, "audit", "apiserver", 0.01, 811.9],
  [2, "priorityandfairness", "apiserver", 0.04, 811.8],
  [3, "authorization", "apiserver", 0.14, 811.6],
  [4, "Create", "apiserver", 0.31, 811.2],
  [5, "Call mutating webhook", "webhook", 1, 88],
  [6, "HTTP POST", "webhook", 1.2, 87.4, { kind: "client" }],
  [5, "Call validating webhook", "webhook", 90, 61],
  [6, "HTTP POST", "webhook", 90.2, 60.1, { kind: "client", status: "error", status_message: "context deadline exceeded" }],
  [5, "Create etcd3", "apiserver", 160, 498],
  [6, "etcdserverpb.KV/Txn", "apiserver", 160.4, 496, { kind: "client" }],
  [7, "etcdserverpb.KV/Txn", "etcd", 161, 452, { kind: "server" }],
  [8, "txn", "etcd", 161.2, 450],
  [5, "SerializeObject", "apiserver", 662, 141],
  [0, "RunPodSandbox", "containerd", 700, 95, { orphan: true, parent_span_id: "00000000000000ff" }],
];

function spanAnswer([depth, name, component, offset, duration, more = {}], index, firstSpanId) {
  return {
    span_id: index === 0 ? firstSpanId : hex(0xbeef, 8) + hex(index, 8),
    parent_span_id: depth === 0 ? null : hex(0xbeef, 8) + hex(index - 1, 8),
    depth,
    orphan: false,
    name,
    kind: "internal",
    service: component === "webhook" ? "apiserver" : component,
    component,
    start: (END_NS + BigInt(Math.round(offset * 1e6))).toString(),
    offset_ns: Math.round(offset * 1e6),
    duration_ns: Math.round(duration * 1e6),
    status: "unset",
    status_message: "",
    scope: { name: "k8s.io/component-base", version: "v1.34.0" },
    attributes: [
      text("http.target", "/api/v1/namespaces/slow-team/pods?fieldManager=kubectl-create&fieldValidation=Strict"),
      text("user-agent", index === 0 ? HOSTILE : "kube-controller-manager/v1.34"),
      text("audit-id", "318149ed-4465-49e4-98eb-732c7abed0e5"),
      { key: "http.response.status_code", value: 201, type: "int" },
      { key: "cached", value: false, type: "bool" },
      { key: "odd key", value: ["a", 1], type: "array" },
    ],
    events: [{ offset_ns: Math.round(offset * 1e6) + 240_000, name: "About to convert to expected version", attributes: [text("audit-id", "318149ed")] }],
    links: index === 0 ? [{ trace_id: traceIdOf(0, 3, 0), span_id: spanIdOf(0, 3, 0), attributes: [] }] : [],
    dropped: { attributes: index === 0 ? 2 : 0, events: 0, links: 0 },
    resource: component === "etcd" ? 1 : 0,
    ...more,
  };
}

export function traceAnswer(traceId) {
  const firstSpanId = traceId.slice(0, 4) === "7a11" ? "00a1" + traceId.slice(4, 16) : "00a1000000000001";
  const spans = SPANS.map((span, index) => spanAnswer(span, index, firstSpanId));
  return traceOf(traceId, spans, { covered_ns: 498_000_000, share: 498 / 812, calls: 4 }, 1);
}

/** A trace of `count` spans: a root and groups of children. */
export function largeTraceAnswer(traceId, count) {
  const spans = [...Array(count).keys()].map((index) => {
    const depth = index === 0 ? 0 : index % 10 === 1 ? 1 : 2 + (index % 3 === 0 ? 1 : 0);
    const component = ["apiserver", "etcd", "kubelet", "containerd"][index % 4];
    return spanAnswer([depth, `step ${index}`, component, (index / count) * 800, 12], index, "00a1000000000001");
  });
  return traceOf(traceId, spans, null, 0);
}

function traceOf(traceId, spans, etcd, orphans) {
  return {
    trace_id: traceId,
    start: END_NS.toString(),
    end: (END_NS + 812_000_000n).toString(),
    duration_ns: 812_000_000,
    complete: true,
    orphans,
    etcd,
    spans,
    resources: ["apiserver", "etcd"].map((service) => ({
      attributes: [text("service.name", service), text("service.instance.id", "cp-1"), text("k8s.node.name", "cp-1")],
      schema_url: "https://opentelemetry.io/schemas/1.34.0",
    })),
  };
}

const attribute = (name, scope, type, distinct) => ({ name, scope, type, count: 18_204, distinct });
const stats = { source: "scan", rows_read: 1000, files_read: 1, elapsed_ms: 3.1, complete: true };

export const attributesAnswer = {
  attributes: [
    attribute("name", "intrinsic", "string", 61),
    attribute("kind", "intrinsic", "kind", 3),
    attribute("duration", "intrinsic", "duration", null),
    attribute("status", "intrinsic", "status", 2),
    attribute("resource.service.name", "resource", "string", 4),
    attribute("resource.k8s.node.name", "resource", "string", 3),
    attribute("span.http.target", "span", "string", 5120),
    attribute("span.verb", "span", "string", 9),
    attribute("span.user-agent", "span", "string", 41),
  ],
  stats,
};

export const valuesAnswer = {
  values: ["LIST", "GET", 'odd "value"', "WATCH"].map((value, index) => ({ value, type: "string", count: 900 - 100 * index })),
  truncated: false,
  stats,
};

export const infoAnswer = {
  version: "0.1.0",
  demo: true,
  banner: "demo data",
  now: END_NS.toString(),
  start_hint: START_NS.toString(),
  end_hint: END_NS.toString(),
  raw_data_from: null,
};
