// The filters of a notebook within a TraceQL query, and its time within a SQL query: what runs is what is shown.
import { joinClauses, splitFilter, withoutComments, withoutStrings } from "../base/clauses";
import type { Nanos } from "../base/time";

/** The spans of the first stage meet the filters too; what follows it stays as it is. */
export function withFilters(query: string, filters: readonly string[]): string {
  if (filters.length === 0) return query;
  // A comment may have braces and bars of its own, and one at the end would hide the filters.
  const [first, rest] = firstStage(withoutComments(query));
  const stage = first.trim();
  const spanset = /^\{[^{}]*\}$/s.test(withoutStrings(stage))
    ? joinClauses([...splitFilter(stage), ...filters])
    : `${stage} | ${joinClauses(filters)}`;
  return rest === "" ? spanset : `${spanset} ${rest}`;
}

/** Cuts a query at the first | that joins stages. */
function firstStage(query: string): readonly [first: string, rest: string] {
  const bare = withoutStrings(query);
  let depth = 0;
  for (let index = 0; index < bare.length; index++) {
    const character = bare[index];
    if (character === "{" || character === "(") depth++;
    else if (character === "}" || character === ")") depth--;
    else if (character === "|" && bare[index + 1] === "|") index++;
    else if (character === "|" && depth === 0) return [query.slice(0, index), query.slice(index)];
  }
  return [query, ""];
}

/** `$from` and `$to` become the ends of the time in nanoseconds, but not within strings. */
export function withTime(sql: string, from: Nanos, to: Nanos): string {
  return sql.replace(/'(?:[^']|'')*'|\$(from|to)\b/g, (match, end: string | undefined) =>
    end === undefined ? match : String(end === "from" ? from : to),
  );
}
