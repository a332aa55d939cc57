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

export const hex = (value, digits) => value.toString(16).padStart(digits, "0");
export const traceIdOf = (series, slot, pick) => hex(0x7a11, 4) + hex(series, 4) + hex(slot, 4) + hex(pick + 1, 4) + "0".repeat(16);
export const spanIdOf = (series, slot, pick) => hex(0xa1, 4) + hex(series, 4) + hex(slot, 4) + hex(pick + 1, 4);

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
      trace_id: traceIdOf(series, slot, index),
      span_id: spanIdOf(series, slot, index),
      duration_ns: Math.round(duration),
      pick,
      ...(pick === "quantile" ? { quantile: 0.99, rank: 0.9902 } : {}),
      ...(pick === "error" ? { error: true } : {}),
    };
  });
}

const KEYS = [["get", "pods"], ["update", "leases"], ["list", "pods"], ["create", "pods"], ["patch", "pods"], ["list", "replicasets"], ["delete", "pods"]];

const CODES = ["200", "200", "429", "201", "503", "404", "200"];

function labelOf(key, index) {
  const [verb, resource] = KEYS[index];
  const known = { name: SERIES[index][0], "k8s:verb": verb, "k8s:resource": resource, "k8s:code": CODES[index] };
  return known[key] ?? (index === 6 ? null : `${key} ${index}`);
}

export function latencyAnswer(by) {
  const random = randomFrom(7);
  const series = SERIES.map(([, , rate], index) => {
    const slots = [...Array(SLOTS).keys()].filter((slot) => rate > 5 || slot % 9 < 2).filter((slot) => slot < 20 || slot > 24 || index !== 3);
    const points = slots.map((slot) => pointOf(index, slot, random));
    const labels = Object.fromEntries(by.map((key) => [key, labelOf(key, index)]));
    const count = points.reduce((total, point) => total + point.count, 0);
    return {
      labels,
      count,
      points,
      total: { ...points[0], t: START_NS.toString(), count, quantiles: { 0.99: Math.round(points[0].quantiles["0.99"]) } },
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

/** How many spans take longer than one: few of the requests, a share between two bounds of all other spans. */
export function rankAnswer(filter, above) {
  const [shareMin, shareMax] = filter.includes("k8s:verb") ? [0.00592, 0.00592] : [0.02, 0.0213];
  const count = filter.includes("RunPodSandbox") ? 19 : 18_204;
  const threshold = { threshold_ns: Number(above.replace("ns", "")), count_min: Math.round(shareMin * count), count_max: Math.round(shareMax * count) };
  const [first] = latencyAnswer([]).series;
  return { ...latencyAnswer([]), series: [{ ...first, labels: {}, count, above: [{ ...threshold, share_min: shareMin, share_max: shareMax }] }] };
}

/** The same so many nanoseconds later, without its exemplars. */
export function movedBy(answer, nanoseconds) {
  const moved = (t) => (BigInt(t) + nanoseconds).toString();
  const series = answer.series.map((own) => ({
    ...own,
    exemplars: [],
    points: own.points.map((point) => ({ ...point, t: moved(point.t), quantiles: halved(point.quantiles) })),
  }));
  return { ...answer, start: moved(answer.start), end: moved(answer.end), series };
}

/** For three slots hardly a span ends. */
export function stalledAt(answer, slot) {
  const from = BigInt(answer.start) + BigInt(slot) * STEP_NS;
  const isStalled = ({ t }) => BigInt(t) >= from && BigInt(t) < from + 3n * STEP_NS;
  const series = answer.series.map((own) => ({ ...own, points: own.points.map((point) => (isStalled(point) ? { ...point, count: 2 } : point)) }));
  return { ...answer, series };
}

function halved(quantiles) {
  return Object.fromEntries(Object.entries(quantiles).map(([quantile, value]) => [quantile, value / 2]));
}

export function emptyLatencyAnswer() {
  return { ...latencyAnswer([]), series: [] };
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
    attribute("k8s:component", "derived", "string", 4),
    attribute("k8s:verb", "derived", "string", 9),
    attribute("k8s:resource", "derived", "string", 61),
    attribute("k8s:code", "derived", "int", 12),
    attribute("k8s:watch", "derived", "bool", 2),
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
