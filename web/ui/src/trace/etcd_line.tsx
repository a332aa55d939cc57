// What part of the request its etcd calls covered, in one sentence.
import type { Trace } from "../api/trace";
import { formatDuration, formatPercent, formatQuantity } from "../base/format";
import { palette } from "../base/theme";

export function etcdSentence(trace: Trace): string {
  if (trace.etcd === null || trace.etcd.calls === 0) return "no etcd calls in this trace";
  const { coveredNs, share, calls } = trace.etcd;
  const whole = share > 0 ? formatDuration(coveredNs / share) : formatDuration(trace.durationNs);
  const figures = `${formatDuration(coveredNs)} of ${whole}, ${formatQuantity(calls, "call")}`;
  return `etcd calls covered ${formatPercent(share)} of the request (${figures})`;
}

export function EtcdLine({ trace }: { readonly trace: Trace }) {
  const share = trace.etcd?.share ?? 0;
  const { components } = palette.value;
  return (
    <p class="etcd-line">
      {etcdSentence(trace)}
      {share > 0 && (
        <span class="share" aria-hidden="true" style={{ backgroundColor: components.apiserver }}>
          <span style={{ width: `${Math.min(share, 1) * 100}%`, backgroundColor: components.etcd }} />
        </span>
      )}
    </p>
  );
}
