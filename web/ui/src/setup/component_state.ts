// How each component of a cluster sends, told from the list of senders: not at all, without spans, with spans, or no more.
import type { Sender, Senders } from "../api/senders";
import type { Nanos } from "../base/time";

/** What a cluster has to send, and what may stand in between. */
export const EXPECTED = ["apiserver", "etcd", "kubelet", "containerd", "crio", "collector"] as const;
export type ExpectedComponent = (typeof EXPECTED)[number];

export const EXPECTED_NAMES: Readonly<Record<ExpectedComponent, string>> = {
  apiserver: "kube-apiserver",
  etcd: "etcd",
  kubelet: "kubelets",
  containerd: "containerd",
  crio: "CRI-O",
  collector: "OpenTelemetry Collector",
};

export type Stage = "never" | "without_spans" | "spans" | "silent";

export interface ComponentState {
  readonly component: ExpectedComponent;
  readonly stage: Stage;
  readonly senders: number;
  /** Since the server started. */
  readonly spans: number;
  /** Null where an earlier list is not known. */
  readonly spansPerSecond: number | null;
  readonly lastSeen: Nanos | null;
  /** What to do where it came without spans, or null. */
  readonly advice: string | null;
}

/** Exporters send at least every five seconds while there is something to send. */
const SILENT_NS = 60_000_000_000n;

export function componentStates(list: Senders, before: Senders | null): readonly ComponentState[] {
  return EXPECTED.map((component) => stateOf(component, list, before));
}

function stateOf(component: ExpectedComponent, list: Senders, before: Senders | null): ComponentState {
  const own = list.senders.filter((sender) => isOf(sender, component));
  const spans = sumOf(own);
  const lastSeen = own.reduce<Nanos | null>((last, sender) => (last === null || sender.lastSeen > last ? sender.lastSeen : last), null);
  const isSilent = lastSeen !== null && list.now - lastSeen > SILENT_NS;
  const stage = own.length === 0 ? "never" : spans === 0 ? "without_spans" : isSilent ? "silent" : "spans";
  const troubled = own.find(({ outcome }) => outcome !== "ok");
  return {
    component,
    stage,
    senders: own.length,
    spans,
    spansPerSecond: before === null ? null : rateOf(spans - sumOf(before.senders.filter((sender) => isOf(sender, component))), list.now - before.now),
    lastSeen,
    advice: troubled?.advice ?? null,
  };
}

function isOf({ component, userAgent }: Sender, expected: ExpectedComponent): boolean {
  return expected === "collector" ? /collector/i.test(userAgent) : component === expected;
}

function sumOf(senders: readonly Sender[]): number {
  return senders.reduce((sum, { spans }) => sum + spans, 0);
}

/** Null where no time has gone by, or the server has started anew. */
function rateOf(spans: number, elapsedNs: bigint): number | null {
  return elapsedNs <= 0n || spans < 0 ? null : (spans * 1e9) / Number(elapsedNs);
}

/** Those that came and are none of what is expected: most of them got an address, a token or TLS wrong. */
export function strangers({ senders }: Senders): readonly Sender[] {
  return senders.filter((sender) => sender.outcome !== "ok" && !EXPECTED.some((component) => isOf(sender, component)));
}
