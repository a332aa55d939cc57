// Canned answers to comparisons: what makes the slow ones different, what nothing makes different, and a value that is hostile.
import { hex, spanIdOf, traceIdOf } from "./mock_data.mjs";

const HOSTILE = '<img src=x onerror="window.hacked=1">\u202egnp.exe';
const exemplar = (series, slot, duration) => ({ trace_id: traceIdOf(series, slot, 0), span_id: spanIdOf(series, slot, 0), duration_ns: duration });

function finding(attribute, value, [selected, baseline], all, more = {}) {
  const shares = { share_selected: selected / all.selected, share_baseline: baseline / all.baseline };
  return {
    attribute,
    value,
    filter: value === null ? `{ ${attribute} = nil }` : `{ ${attribute} = ${JSON.stringify(value)} }`,
    counts: { selected, baseline },
    ...shares,
    difference: shares.share_selected - shares.share_baseline,
    q_value: 1e-9,
    exemplars: [],
    ...more,
  };
}

const stats = (of) => ({ source: of === "spans" ? "scan" : "derived", rows_read: 184_220, files_read: 4, elapsed_ms: 212.4, complete: true });

function findings(all) {
  const { selected } = all;
  const part = (share) => Math.round(selected * share);
  return [
    finding("k8s:user_agent", "kube-controller-manager/v1.34.1 (linux/amd64) kubernetes/98b3519/system:serviceaccount:kube-system:replicaset-controller", [part(0.83), 1_090], all, {
      exemplars: [exemplar(2, 58, 2_412_000_000), exemplar(2, 59, 1_908_000_000), exemplar(2, 60, 812_345_678)],
      together_with: [{ attribute: "span.client", value: "10.0.0.7", filter: '{ span.client = "10.0.0.7" }' }, { attribute: "webhook", value: null, filter: null }],
    }),
    finding("longest_phase", "etcd_inner", [part(0.71), 640], all, { filter: null, exemplars: [exemplar(2, 58, 2_412_000_000)] }),
    finding("span.limit", "512 to 1023", [part(0.4), 610], all, { filter: "{ span.limit >= 512 && span.limit < 1024 }", q_value: 0.0004 }),
    finding("k8s:user_agent", HOSTILE, [part(0.05), 12], all, { q_value: 0.004, exemplars: [exemplar(0, 3, 912_000_000)] }),
    finding("k8s:subresource", null, [part(0.97), 12_100], all),
    finding("resource.service.instance.id", `apiserver-${hex(0xbeef, 8)}`, [part(0.11), 6_020], all, { q_value: 0 }),
  ];
}

/**
 * Answers a question, by words in its filter.
 * @param {{ of?: string, q?: string, selection?: string, baseline?: object }} question
 */
export function compareAnswer({ of = "spans", q = "", selection = "{ }", baseline }) {
  const counts = baseline === undefined ? { selected: 182, baseline: 18_022 } : { selected: 18_204, baseline: 17_911 };
  const empty = { findings: [], hidden: [], compared: { attributes: 61, values: 2_904 }, stats: stats(of) };
  if (q.includes("nothing-matches")) return { counts: { selected: 0, baseline: 0 }, ...empty };
  if (q.includes("nothing-different")) return { counts, ...empty };
  if (selection === "{ }" && q.includes("nothing-before")) return { counts: { selected: 12, baseline: 0 }, ...empty };
  return {
    ...empty,
    counts,
    findings: findings(counts),
    hidden: [
      { attribute: "span.audit-id", rows: 18_204, distinct: 18_204 },
      { attribute: "span.http.target", rows: 18_204, distinct: 4_096 },
    ],
  };
}
