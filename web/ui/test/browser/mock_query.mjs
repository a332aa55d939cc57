// Canned answers of POST /api/v1/query: traces, series, rows, and the parser's objection.
import { END_NS, spanIdOf, traceIdOf } from "./mock_data.mjs";

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

/** What stands for an Arrow IPC stream: its bytes go to a file unread. */
export const ARROW = Buffer.from([0xff, 0xff, 0xff, 0xff, 0x78, 0, 0, 0, 0x80, 0xfe, 0x0a]);

/** The status and body of an answer. */
export function queryAnswer({ lang, text, limit = 20 }) {
  const wrong = text.indexOf(">>>");
  if (wrong >= 0) return [400, { error: { kind: "invalid", message: "expected a value after >>", position: { offset: wrong, length: 3 } } }];
  if (lang === "sql") return [200, sqlAnswer];
  return [200, /\|\s*(rate|count_over_time|quantile_over_time)\(/.test(text) ? seriesAnswer() : tracesAnswer(limit)];
}
