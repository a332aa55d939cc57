// The first view: what an API request took, without the requests that are long by nature; and how titles say what is timed.
import { comparison, quoteString } from "../base/traceql";

interface KnownClause {
  readonly clause: string;
  /** What the chip says instead of the TraceQL. */
  readonly label: string | null;
}

const target = (operator: string, expression: string) => comparison("span.http.target", operator, quoteString(expression));

const KNOWN: readonly KnownClause[] = [
  { clause: "kind = server", label: null },
  { clause: comparison("resource.service.name", "=", quoteString("apiserver")), label: null },
  { clause: target("=~", "/apis?/.*"), label: null },
  { clause: target("!~", ".*[?&]watch=(1|true).*"), label: "watches" },
  { clause: target("!~", ".*[?&]follow=(1|true).*"), label: "log follows" },
  { clause: target("!~", ".*/(exec|attach|portforward)(\\?.*)?"), label: "exec, attach, port-forward" },
  { clause: target("!~", ".*/proxy(/.*|\\?.*)?"), label: "proxy" },
];

export const DEFAULT_CLAUSES: readonly string[] = KNOWN.map((known) => known.clause);
export const DEFAULT_BY: readonly string[] = ["name"];
export const DEFAULT_QUANTILES: readonly string[] = ["0.5", "0.99"];

/** What a known exclusion leaves out, in words: "watches". Null for any other clause. */
export function exclusionLabel(clause: string): string | null {
  return KNOWN.find((known) => known.clause === clause)?.label ?? null;
}

export function isDefaultFilter(clauses: readonly string[]): boolean {
  return clauses.length === DEFAULT_CLAUSES.length && clauses.every((clause, index) => clause === DEFAULT_CLAUSES[index]);
}

export interface Title {
  readonly heading: string;
  /** What is timed, and what is left out. */
  readonly explanation: string;
}

export function titleOf(clauses: readonly string[], by: readonly string[]): Title {
  const groups = by.length === 0 ? "" : ` by ${by.join(", ")}`;
  if (isDefaultFilter(clauses))
    return {
      heading: `API server request latency${groups === "" ? "" : `,${groups}`}`,
      explanation:
        "Server span: from the request’s arrival in the handler chain to the last byte written; watches and other long requests left out.",
    };
  return { heading: `Span latency${groups}`, explanation: "Duration of every span that matches the filter, in the slot in which it ended." };
}
