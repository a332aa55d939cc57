// What stands in an answer's place within a cell: under way, failed, nothing found. All keep the cell's height.
import type { Failure } from "../../base/result";
import { QueryError } from "../../explore/query_error";
import { FailureState } from "../../widgets/states";
import { Button } from "../../widgets/button";
import type { NotebookModel } from "../model";

export function NoData({ what, model }: { readonly what: string; readonly model: NotebookModel }) {
  const { range, filters } = model.view.value;
  return (
    <div class="state">
      <h3>{what} in this time</h3>
      <div class="state-actions">
        <Button onClick={() => model.setRange({ from: "now-24h", to: "now" })}>Widen to 24 hours</Button>
        {model.filters.value.length > 0 && <Button onClick={() => model.setFilters([])}>Without the notebook’s filters</Button>}
        {(range !== null || filters !== null) && (
          <Button onClick={() => model.change({ range: null, filters: null })}>As the notebook says</Button>
        )}
      </div>
    </div>
  );
}

/** A pinned or kept answer that this page cannot read. */
export function NotUnderstood({ failure }: { readonly failure: Failure }) {
  return (
    <div class="state" role="alert">
      <h3>This answer is not understood</h3>
      <p>{failure.message}</p>
    </div>
  );
}

interface CellFailureProps {
  readonly failure: Failure;
  /** What was asked. */
  readonly query: string;
  readonly onRetry: () => void;
  readonly onEdit: () => void;
}

export function CellFailure({ failure, query, onRetry, onEdit }: CellFailureProps) {
  if (failure.kind !== "invalid") return <FailureState failure={failure} onRetry={onRetry} />;
  return (
    <div class="state">
      <h3>The server does not accept this query</h3>
      <QueryError failure={failure} query={query} />
      {failure.position === undefined && <code class="failed-query">{query}</code>}
      <div class="state-actions">
        <Button class="primary" onClick={onEdit}>
          Edit
        </Button>
        <Button onClick={onRetry}>Try again</Button>
      </div>
    </div>
  );
}
