// Canned traces: their critical path, self times and phases are worked out from the spans, so that every sum is right.
import { END_NS, hex, spanIdOf, traceIdOf } from "./mock_data.mjs";

const HOSTILE = '<img src=x onerror="window.hacked=1">\u202egnp.exe';
const text = (key, value) => ({ key, value, type: "string" });

/** Depth, name, component, offset and duration in milliseconds, phase of the outer request (null: as its parent), more fields. */
const SPANS = [
  [0, "POST /api/v1/namespaces/{:namespace}/pods", "apiserver", 0, 812, "self", { kind: "server" }],
  [1, "audit", "apiserver", 0.01, 811.9, "audit"],
  [2, "priorityandfairness", "apiserver", 0.04, 811.8, "priority_and_fairness"],
  [3, "authorization", "apiserver", 0.14, 811.6, "authorization"],
  [4, "Create", "apiserver", 3.31, 808.2, "self"],
  [5, "Call mutating webhook", "apiserver", 4, 88, "mutating_webhook"],
  [6, "HTTP POST", "apiserver", 4.4, 87.4, null, { kind: "client" }],
  [7, "POST /mutate", "webhook", 5, 84, null, { kind: "server" }],
  [8, "GET /api/v1/namespaces/{:namespace}/configmaps/{:name}", "apiserver", 3.8, 30, null, { kind: "server", clock_skew_ns: -1_200_000 }],
  [9, "cacher.Get", "apiserver", 12, 9, null],
  [5, "Call validating webhook", "apiserver", 93, 61, "validating_webhook"],
  [6, "HTTP POST", "apiserver", 93.2, 60.1, null, { kind: "client", status: "error", status_message: "context deadline exceeded" }],
  [5, "Create etcd3", "apiserver", 160, 498, "etcd_client"],
  [6, "etcdserverpb.KV/Txn", "apiserver", 160.4, 496, "etcd_wire", { kind: "client" }],
  [7, "etcdserverpb.KV/Txn", "etcd", 161, 452, "etcd_server", { kind: "server", zone: null }],
  [8, "txn", "etcd", 161.2, 450, "etcd_inner", { zone: null }],
  [5, "SerializeObject", "apiserver", 662, 141, "serialization"],
  [0, "RunPodSandbox", "containerd", 700, 95, "self", { orphan: true, parent_span_id: "00000000000000ff", node: null, zone: null }],
];

export function spanAnswer([depth, name, component, offset, duration, , more = {}], index, firstSpanId) {
  return {
    span_id: index === 0 ? firstSpanId : hex(0xbeef, 8) + hex(index, 8),
    parent_span_id: depth === 0 ? null : hex(0xbeef, 8) + hex(index - 1, 8),
    depth,
    orphan: false,
    name,
    kind: "internal",
    service: component,
    component,
    start: (END_NS + BigInt(Math.round(offset * 1e6))).toString(),
    offset_ns: Math.round(offset * 1e6),
    duration_ns: Math.round(duration * 1e6),
    clock_skew_ns: null,
    node: { value: "cp-1", how: component === "apiserver" ? "apiserver_id" : "host_name" },
    zone: { value: "zone-b", how: "node_file" },
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

/** Per span, its children's indices, found from the depths. */
function childrenOf(spans) {
  const open = [];
  const children = spans.map(() => []);
  spans.forEach(({ depth }, index) => {
    while (open.length > 0 && spans[open.at(-1)].depth >= depth) open.pop();
    if (open.length > 0) children[open.at(-1)].push(index);
    open.push(index);
  });
  return children;
}

/** The path of a span within a window, last part first: from the end back, the last child to finish, and its own time between. */
function walkBack(spans, children, index, from, until) {
  const path = [];
  const own = (start, end) => {
    if (end > start) path.push({ index, offset_ns: start, duration_ns: end - start });
  };
  const endOf = (child) => spans[child].offset_ns + spans[child].duration_ns;
  let cursor = until;
  for (const child of [...children[index]].sort((a, b) => endOf(b) - endOf(a))) {
    const [start, end] = [Math.max(spans[child].offset_ns, from), Math.min(endOf(child), cursor)];
    if (end <= start || endOf(child) > cursor) continue;
    own(end, cursor);
    path.push(...walkBack(spans, children, child, start, end));
    cursor = start;
  }
  own(from, cursor);
  return path;
}

/** The critical path of a span in order of time; it adds up to the span's duration. */
function pathOf(spans, children, index) {
  const { offset_ns: start, duration_ns: duration } = spans[index];
  return walkBack(spans, children, index, start, start + duration).reverse();
}

/** Duration less the union of the children, clipped. */
function selfNs(spans, children, index) {
  const { offset_ns: start, duration_ns: duration } = spans[index];
  let [covered, reached] = [0, start];
  for (const child of [...children[index]].sort((a, b) => spans[a].offset_ns - spans[b].offset_ns)) {
    const end = Math.min(spans[child].offset_ns + spans[child].duration_ns, start + duration);
    covered += Math.max(end - Math.max(spans[child].offset_ns, reached), 0);
    reached = Math.max(reached, end);
  }
  return duration - covered;
}

function phasesOf(path, phaseOf) {
  const phases = new Map();
  for (const { index, duration_ns } of path) phases.set(phaseOf(index), (phases.get(phaseOf(index)) ?? 0) + duration_ns);
  return [...phases].sort((a, b) => b[1] - a[1]).map(([phase, duration_ns]) => ({ phase, duration_ns }));
}

const REQUEST = {
  group: "",
  version: "v1",
  subresource: "",
  client: "10.0.0.7",
  watch: false,
  dry_run: false,
  authentication_ns: 700_000,
  webhooks: [],
  conflicts: 0,
  listed_items: null,
  returned_items: null,
  request_bytes: 2_840,
  response_bytes: 3_912,
  complete: true,
  gaps: [],
};

function requestsOf(spans, children) {
  const inherited = SPANS.map(([, , , , , phase]) => phase);
  children.forEach((below, parent) => below.forEach((child) => (inherited[child] ??= inherited[parent])));
  const [outer, inner] = [0, SPANS.findIndex(([, name]) => name.includes("configmaps"))];
  return [
    {
      ...REQUEST,
      span_id: spans[inner].span_id,
      verb: "get",
      resource: "configmaps",
      namespace: "mesh",
      name: "inject",
      user_agent: "webhook/v2.1",
      code: 200,
      duration_ns: spans[inner].duration_ns,
      sli_duration_ns: spans[inner].duration_ns,
      phases: phasesOf(pathOf(spans, children, inner), (index) => (index === inner ? "self" : "cache")),
      data_source: "cache",
      complete: false,
      gaps: ["the handler span did not arrive"],
    },
    {
      ...REQUEST,
      span_id: spans[outer].span_id,
      verb: "create",
      resource: "pods",
      namespace: "prod",
      name: "web-0",
      user_agent: "kubelet/v1.36.2 (linux/amd64) kubernetes/98b3519",
      code: 201,
      duration_ns: spans[outer].duration_ns,
      sli_duration_ns: spans[outer].duration_ns - 149_000_000,
      phases: phasesOf(pathOf(spans, children, outer), (index) => inherited[index]),
      webhooks: [
        { name: "inject.mesh.example.com", configuration: "mesh", kind: "mutating", duration_ns: 88_000_000, waited_ns: 88_000_000, failed: false },
        { name: "images.policy.example.com", configuration: "policy", kind: "validating", duration_ns: 61_000_000, waited_ns: 61_000_000, failed: true },
      ],
      conflicts: 2,
      data_source: "etcd",
    },
  ];
}

export function traceAnswer(traceId) {
  const firstSpanId = traceId.slice(0, 4) === "7a11" ? "00a1" + traceId.slice(4, 16) : "00a1000000000001";
  const spans = SPANS.map((span, index) => spanAnswer(span, index, firstSpanId));
  const reasons = ["1 span names a parent that did not arrive", "2 attributes were dropped by the sender"];
  return traceOf(traceId, spans, requestsOf(spans, childrenOf(spans)), { verdict: "partial", reasons });
}

/** A trace of `count` spans without an API request: a root and groups of children. */
export function largeTraceAnswer(traceId, count) {
  const spans = [...Array(count).keys()].map((index) => {
    const depth = index === 0 ? 0 : index % 10 === 1 ? 1 : 2 + (index % 3 === 0 ? 1 : 0);
    const component = ["apiserver", "etcd", "kubelet", "containerd"][index % 4];
    const [offset, duration] = index === 0 ? [0, 812] : [(index / count) * 800, 12];
    return spanAnswer([Math.min(depth, index), `step ${index}`, component, offset, duration, null], index, "00a1000000000001");
  });
  return traceOf(traceId, spans, [], { verdict: "complete", reasons: [] });
}

export function traceOf(traceId, spans, requests, completeness) {
  const children = childrenOf(spans);
  const path = pathOf(spans, children, 0);
  return {
    trace_id: traceId,
    start: END_NS.toString(),
    end: (END_NS + 812_000_000n).toString(),
    duration_ns: 812_000_000,
    complete: true,
    orphans: spans.filter((span) => span.orphan).length,
    completeness,
    stats: { complete: true },
    critical_path: path.map(({ index, offset_ns, duration_ns }) => ({ span_id: spans[index].span_id, offset_ns, duration_ns })),
    requests,
    spans: spans.map((span, index) => ({ ...span, self_ns: selfNs(spans, children, index) })),
    resources: ["apiserver", "etcd"].map((service) => ({
      attributes: [text("service.name", service), text("service.instance.id", "cp-1"), text("k8s.node.name", "cp-1")],
      schema_url: "https://opentelemetry.io/schemas/1.34.0",
    })),
  };
}
