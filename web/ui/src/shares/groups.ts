// What requests and pod starts can be grouped by, and the clause that keeps the rows of one group.
import type { SharesOf } from "../api/shares";
import { comparison, quoteString } from "../base/traceql";

export interface Grouping {
  /** The column of the table. */
  readonly column: string;
  readonly words: string;
  /** As TraceQL spells it; null where it cannot be filtered by. */
  readonly attribute: string | null;
}

export const GROUPINGS: Readonly<Record<SharesOf, readonly [Grouping, ...Grouping[]]>> = {
  requests: [
    { column: "k8s_verb", words: "verb", attribute: "k8s:verb" },
    { column: "k8s_resource", words: "resource", attribute: "k8s:resource" },
    { column: "instance", words: "API server", attribute: "resource.service.instance.id" },
    { column: "k8s_user_agent", words: "user agent", attribute: "k8s:user_agent" },
  ],
  pod_starts: [
    { column: "node", words: "node", attribute: "resource.host.name" },
    { column: "k8s_namespace", words: "namespace", attribute: "k8s:namespace" },
    { column: "zone", words: "zone", attribute: null },
  ],
};

/** The grouping by a column; the first where there is none such. */
export function groupingOf(of: SharesOf, column: string | null): Grouping {
  return GROUPINGS[of].find((grouping) => grouping.column === column) ?? GROUPINGS[of][0];
}

/** Null where the group cannot be filtered by. */
export function groupClause({ attribute }: Grouping, value: string | null): string | null {
  return attribute === null ? null : comparison(attribute, "=", value === null ? null : quoteString(value));
}
