// The spans of one series of a metrics query, as clauses of a filter.
import type { AttributeInfo } from "../api/attributes";
import type { Series } from "../api/search";
import { type Json, valueText } from "../base/json";
import { comparison, literalFromText } from "../base/traceql";
import { typeOf } from "../explore/completion";

/** A quantile's `p` is a label of the answer, and no attribute of spans. */
export function labelClauses(labels: Series["labels"], known: readonly AttributeInfo[] | null): readonly string[] {
  const ofSpans = labels.filter(([name]) => name !== "p");
  return ofSpans.map(([name, value]) =>
    comparison(name, "=", value === null ? null : literalFromText(name, valueText(value), labelType(value, typeOf(known, name)))),
  );
}

/** What is no text in TraceQL, but comes as one. */
const WORDED: ReadonlySet<string | null> = new Set(["kind", "status", "duration"]);

function labelType(value: Json, known: string | null): string | null {
  if (typeof value === "number") return "double";
  if (typeof value === "boolean") return "bool";
  return WORDED.has(known) ? known : "string";
}
