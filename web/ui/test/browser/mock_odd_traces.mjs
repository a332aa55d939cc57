// Traces for what is rare: runs of similar spans, links that lead somewhere, a server that cut, text that means harm, a great many spans.
import { END_NS, hex } from "./mock_data.mjs";
import { spanAnswer, traceAnswer, traceOf } from "./mock_trace.mjs";

export const RUNS = "d".repeat(32);
export const LINKED = "7a11000000030001" + "0".repeat(16);
export const CUT = "c".repeat(32);
export const HOSTILE = "b".repeat(32);
export const DEEP = "a".repeat(32);
const WHOLE = { verdict: "complete", reasons: [] };
const text = (key, value) => ({ key, value, type: "string" });

/** A list that reads 812 objects of the cache one by one, of which three fail, and six writes. */
function runsAnswer() {
  const rows = [[0, "GET /api/v1/pods", "apiserver", 0, 812, "self", { kind: "server" }], [1, "List", "apiserver", 1, 800, "self"]];
  for (let index = 0; index < 812; index++)
    rows.push([2, "cacher.Get", "apiserver", 2 + index * 0.9, 0.2 + (index % 40) / 10, null, index % 300 === 7 ? { status: "error", status_message: "gone" } : {}]);
  rows.push([2, "SerializeObject", "apiserver", 760, 40, null]);
  for (let index = 0; index < 6; index++) {
    rows.push([1, "txn", "etcd", 801 + index, 0.8, null]);
    rows.push([2, "apply", "etcd", 801.1 + index, 0.4, null]);
  }
  const spans = rows.map((row, index) => spanAnswer(row, index, "00a1000000000001"));
  return traceOf(RUNS, spans, [], WHOLE);
}

/** The trace behind the first link of the usual one: it starts 12 ms before it. */
function linkedAnswer() {
  const rows = [[0, "syncPod", "kubelet", 0, 1900, "self"], [1, "RunPodSandbox", "kubelet", 20, 900, null]];
  const spans = rows.map((row, index) => ({ ...spanAnswer(row, index, "00a1000000040001"), links: [], span_id: hex(0xcafe, 8) + hex(index, 8) }));
  return { ...traceOf(LINKED, spans, [], WHOLE), start: (END_NS - 12_000_000n).toString(), duration_ns: 1_900_000_000 };
}

function cutAnswer() {
  return { ...traceAnswer(CUT), complete: false, spans_total: 1_200_000 };
}

export const MARKUP = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>';
export const TURNING = "\u202egnp.exe\u2066 \u0007\u0000\u001b[31m\u200b";
const VERY_LONG = "a very long value ".repeat(58_255);

/** Every text of the trace is what somebody would send who means harm, every time the furthest that a number holds. */
function hostileAnswer() {
  const bad = MARKUP + TURNING;
  const more = {
    kind: "server",
    service: bad,
    status: "error",
    status_message: bad,
    scope: { name: bad, version: bad },
    node: { value: bad, how: bad },
    zone: { value: TURNING, how: "node_file" },
    attributes: [text(bad, bad), text("long", VERY_LONG), text("", ""), { key: "list", value: [bad, { [bad]: bad }], type: "array" }, text("javascript:alert(1)", "javascript:alert(1)")],
    events: [{ offset_ns: -9_223_372_036_854_775_808, name: bad, attributes: [text(bad, VERY_LONG)] }],
    links: [{ trace_id: "b".repeat(31) + "a", span_id: "00000000000000aa", attributes: [text(bad, bad)] }],
  };
  const rows = [
    [0, bad, "apiserver", 0, 812, "self", { ...more, start: "18446744073709551615" }],
    [1, VERY_LONG, "etcd", 10, 700, null, { ...more, start: "0" }],
    [1, "\u202e" + "x".repeat(3000), "kubelet", 20, 0, null, { ...more, duration_ns: 9_223_372_036_854_775_807, start: "-9223372036854775808", clock_skew_ns: 9_223_372_036_854_775_807 }],
  ];
  const spans = rows.map((row, index) => spanAnswer(row, index, "00a1000000000001"));
  const answer = traceOf(HOSTILE, spans, [], { verdict: "partial", reasons: [bad, VERY_LONG] });
  const [request] = traceAnswer(HOSTILE).requests;
  const hostileRequest = { ...request, span_id: spans[0].span_id, verb: bad, resource: bad, name: VERY_LONG, namespace: bad, user_agent: bad, client: bad, gaps: [bad] };
  return { ...answer, start: "18446744073709551615", end: "0", requests: [hostileRequest], resources: [{ attributes: [text(bad, bad)], schema_url: bad }] };
}

/** A chain, a thousand deep. */
function deepAnswer() {
  const spans = [...Array(1000).keys()].map((depth) => spanAnswer([depth, `call ${depth}`, depth % 2 === 0 ? "apiserver" : "etcd", depth * 0.3, 812 - depth * 0.6, null], depth, "00a1000000000001"));
  return traceOf(DEEP, spans, [], WHOLE);
}

const COMPONENTS = ["apiserver", "etcd", "kubelet", "containerd"];

/** The id of a trace with so many spans. */
export const manyId = (count) => hex(count, 8).padEnd(32, "9");

/** So many spans that no row folds, for an id that says so; null for any other. */
export function manyAnswer(traceId) {
  return /^[0-9a-f]{8}9{24}$/.test(traceId) ? manySpans(parseInt(traceId.slice(0, 8), 16)) : null;
}

/** As those of real spans: some keys say the same everywhere, some the same for a request, some nowhere. */
function attributesOf(index) {
  const request = Math.floor(index / 10);
  return [
    text("http.target", `/api/v1/namespaces/team-${request % 50}/pods/web-${request}?fieldManager=kubectl-create&fieldValidation=Strict`),
    text("user-agent", "kube-controller-manager/v1.34"),
    text("audit-id", `318149ed-4465-49e4-98eb-${hex(request, 12)}`),
    { key: "http.response.status_code", value: 201, type: "int" },
    { key: "cached", value: false, type: "bool" },
    text("key", `/registry/pods/team-${request % 50}/web-${index}`),
  ];
}

function manySpans(count) {
  const rows = [...Array(count).keys()].map((index) => {
    const depth = index === 0 ? 0 : index % 10 === 1 ? 1 : 2 + (index % 3 === 0 ? 1 : 0);
    const [offset, duration] = index === 0 ? [0, 812] : [(index / count) * 800, 2 + (index % 97) / 10];
    const more = { ...(index % 2500 === 1249 ? { status: "error" } : {}), attributes: attributesOf(index) };
    return spanAnswer([Math.min(depth, index), `step ${index % 7}`, COMPONENTS[index % 4], offset, duration, null, more], index, "00a1000000000001");
  });
  return traceOf(manyId(count), rows, [], WHOLE);
}

export const oddTraces = new Map([
  [RUNS, runsAnswer],
  [LINKED, linkedAnswer],
  [CUT, cutAnswer],
  [HOSTILE, hostileAnswer],
  [DEEP, deepAnswer],
]);
