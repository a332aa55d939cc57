// Canned answers of POST /api/v1/query: traces, series, rows, and the parser's objection.
import { END_NS, hex, spanIdOf, traceIdOf } from "./mock_data.mjs";

const stats = { source: "scan", rows_read: 1000, files_read: 1, elapsed_ms: 3.1, complete: true };
const SLOTS = 30;
const STEP_NS = 30_000_000_000n;

function tracesAnswer(limit) {
  const found = [...Array(Math.min(limit, 12)).keys()].map((index) => ({
    trace_id: traceIdOf(0, index, 0),
    root_name: index === 3 ? '<img src=x onerror="window.hacked=1">' : `GET /api/v1/pods ${index}`,
    root_service: index % 2 === 0 ? "apiserver" : null,
    start: (END_NS - BigInt(index) * STEP_NS).toString(),
    duration_ns: 1_000_000 * (index + 1) ** 2,
    spans: 10 + index,
    spansets: [{ matched: 1, spans: [{ span_id: spanIdOf(0, index, 0), name: "List", start: END_NS.toString(), duration_ns: 900_000 }] }],
  }));
  return { traces: found, looked_at: { traces: 40, has_more: true, cut_traces: 0 }, stats };
}

function seriesAnswer() {
  const series = ["apiserver", "etcd"].map((component, line) => ({
    labels: { "k8s:component": component },
    points: [...Array(SLOTS).keys()].filter((slot) => slot < 12 || slot > 15).map((slot) => ({
      t: (END_NS - BigInt(SLOTS - slot) * STEP_NS).toString(),
      value: (line + 1) * (40 + 10 * Math.sin(slot / 3)),
    })),
    exemplars: [],
  }));
  return { series, stats };
}

const sqlAnswer = {
  columns: [{ name: "k8s_verb", type: "Utf8View" }, { name: "k8s_watch", type: "Boolean" }, { name: "requests", type: "Int64" }, { name: "slowest_ns", type: "Int64" }],
  rows: [["list", false, 92, 107_000_586_851], ["get", false, 1_204, 40_001_510], ["=cmd()", null, 3, null]],
  truncated: false,
  complete: true,
};

/** Two traces around a usual one: the first links to its call of a webhook, the second has its audit id. */
export const LINKS_HERE = "5".repeat(32);
export const SAME_AUDIT = "6".repeat(32);
const AUDIT_ID = "318149ed-4465-49e4-98eb-732c7abed0e5";

function relatedAnswer(trace_id, root_name, attributes) {
  const span = { span_id: "00a1000000000001", name: root_name, start: END_NS.toString(), duration_ns: 900_000, attributes };
  const found = { trace_id, root_name, root_service: "webhook", start: END_NS.toString(), duration_ns: 812_000_000, spans: 18, spansets: [{ matched: 1, spans: [span] }] };
  return { traces: [found], looked_at: { traces: 1, has_more: false, cut_traces: 0 }, stats };
}

const linkingAnswer = () => relatedAnswer(LINKS_HERE, "POST /mutate", { "link:traceID": traceIdOf(0, 5, 0), "link:spanID": `${hex(0xbeef, 8)}${hex(6, 8)}` });
const auditAnswer = () => relatedAnswer(SAME_AUDIT, "GET /apis/metrics.k8s.io", { "span.audit-id": AUDIT_ID });

/** What stands for files, by their media type: the bytes are saved unread. */
export const FILES = {
  "application/vnd.apache.arrow.stream": Buffer.from([0xff, 0xff, 0xff, 0xff, 0x78, 0, 0, 0, 0x80, 0xfe, 0x0a]),
  "application/vnd.apache.parquet": Buffer.from([0x50, 0x41, 0x52, 0x31, 0x80, 0xfe, 0x0a, 0x50, 0x41, 0x52, 0x31]),
};

/** The status and body of an answer. */
export function queryAnswer({ lang, text, limit = 20 }) {
  const wrong = text.indexOf(">>>");
  if (wrong >= 0) return [400, { error: { kind: "invalid", message: "expected a value after >>", position: { offset: wrong, length: 3 } } }];
  if (lang === "sql") return [200, sqlAnswer];
  if (text.startsWith("{ link:traceID =")) return [200, linkingAnswer()];
  if (text.startsWith(`{ span.audit-id = "${AUDIT_ID}"`)) return [200, auditAnswer()];
  return [200, /\|\s*(rate|count_over_time|quantile_over_time)\(/.test(text) ? seriesAnswer() : tracesAnswer(limit)];
}
