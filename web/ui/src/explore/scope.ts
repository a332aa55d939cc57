// Which clauses of the filter a question can take: rows of requests and pod starts know fewer attributes than spans.
import { clauseParts } from "../base/clauses";
import type { RowsOf } from "../base/rows";

const FIELDS = ["duration", "span:duration", "status", "span:status", "trace:id"];
const OF_REQUESTS = new Set([...FIELDS, "kind", "span:kind", "resource.service.instance.id"]);
const OF_POD_STARTS = new Set([...FIELDS, "k8s:namespace", "resource.host.name"]);

export interface Scope {
  readonly applied: readonly string[];
  /** Those that such rows do not know. */
  readonly left: readonly string[];
}

/** What cannot be taken apart is applied: the server knows what is wrong with it. */
export function scopeOf(of: RowsOf, clauses: readonly string[]): Scope {
  const isKnown = (clause: string) => {
    const parts = clauseParts(clause);
    return parts === null || knows(of, parts.name);
  };
  return { applied: clauses.filter(isKnown), left: clauses.filter((clause) => !isKnown(clause)) };
}

/** Whether such rows can be asked for by an attribute. */
export function knows(of: RowsOf, name: string): boolean {
  if (of === "spans") return true;
  if (of === "pod_starts") return OF_POD_STARTS.has(name);
  return OF_REQUESTS.has(name) || (name.startsWith("k8s:") && name !== "k8s:rpc_code");
}
