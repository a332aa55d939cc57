// What the server objects to in a query, and where.
import { cutAtBytes } from "../base/clauses";
import type { Failure } from "../base/result";

/** The server's message, and the query with the offending part underlined. */
export function QueryError({ failure, query }: { readonly failure: Failure; readonly query: string }) {
  const { position } = failure;
  const [before, marked, after] = position === undefined ? [query, "", ""] : cutAtBytes(query, position.offset, position.length);
  return (
    <div class="filter-error" role="alert">
      <p>{failure.message}</p>
      {position !== undefined && (
        <code>
          {before}
          <mark>{marked === "" ? "\u00a0" : marked}</mark>
          {after}
        </code>
      )}
    </div>
  );
}
