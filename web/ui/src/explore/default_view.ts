// The first view: what an API request took, without the requests that are long by nature; and how titles say what is timed.
import { visibleName } from "../base/foreign_text";
import { comparison, quoteString } from "../base/traceql";
import { attributeWords } from "./ready_made";

interface KnownClause {
  readonly clause: string;
  /** What the chip says instead of the TraceQL. */
  readonly label: string | null;
}

const OF_REQUESTS: readonly string[] = ["kind = server", comparison("k8s:component", "=", quoteString("apiserver"))];

const KNOWN: readonly KnownClause[] = [
  ...OF_REQUESTS.map((clause) => ({ clause, label: null })),
  { clause: comparison("k8s:resource", "!=", quoteString("")), label: null },
  { clause: comparison("k8s:watch", "=", "false"), label: "watches" },
  { clause: comparison("k8s:verb", "!=", quoteString("connect")), label: "streams" },
];

export const DEFAULT_CLAUSES: readonly string[] = KNOWN.map((known) => known.clause);
export const DEFAULT_BY: readonly string[] = ["k8s:verb", "k8s:resource"];
export const DEFAULT_QUANTILES: readonly string[] = ["0.5", "0.99"];

/** What a known exclusion leaves out, in words: "watches". Null for any other clause. */
export function exclusionLabel(clause: string): string | null {
  return KNOWN.find((known) => known.clause === clause)?.label ?? null;
}

export function isDefaultFilter(clauses: readonly string[]): boolean {
  return clauses.length === DEFAULT_CLAUSES.length && clauses.every((clause, index) => clause === DEFAULT_CLAUSES[index]);
}

/** Whether only API requests can meet the clauses. */
export function isOfRequests(clauses: readonly string[]): boolean {
  return OF_REQUESTS.every((clause) => clauses.includes(clause));
}

/** "verb", "verb and resource", "verb, resource and code" */
function enumeration(words: readonly string[]): string {
  return words.length < 2 ? words.join() : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}

const EXCLUSIONS = enumeration(KNOWN.flatMap((known) => known.label ?? []));

export interface Title {
  readonly heading: string;
  /** What is timed, and what is left out. */
  readonly explanation: string;
}

export function titleOf(clauses: readonly string[], by: readonly string[]): Title {
  if (isDefaultFilter(clauses))
    return {
      heading: `API requests${by.length === 0 ? "" : ` by ${enumeration(by.map(attributeWords))}`}, without ${EXCLUSIONS}`,
      explanation:
        "Server span: from the request’s arrival in the handler chain to the last byte written; streams are exec, attach, port-forward, proxy and logs.",
    };
  const groups = by.length === 0 ? "" : ` by ${by.map((name) => visibleName(name, 80)).join(", ")}`;
  return { heading: `Span latency${groups}`, explanation: "Duration of every span that matches the filter, in the slot in which it ended." };
}
