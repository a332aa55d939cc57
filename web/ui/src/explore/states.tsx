// What stands in the chart's place when there is no chart: loading, nothing found, a failure; and over one that is old.
import { formatInstant } from "../base/format";
import { type Nanos, rfc3339 } from "../base/time";
import { Button } from "../widgets/button";
import { type FailureStateProps, HEADLINES } from "../widgets/states";
import type { Model } from "./model";

export { FailureState, Skeleton } from "../widgets/states";

/** Over a chart whose newest answer failed: it shows an older one. */
export function StaleNote({ failure, onRetry }: FailureStateProps) {
  return (
    <div class="stale" role="alert">
      <span>
        {HEADLINES[failure.kind]}; the chart shows the last answer. {failure.kind === "invalid" ? "" : failure.message}
      </span>
      {failure.kind !== "invalid" && <Button onClick={onRetry}>Try again</Button>}
    </div>
  );
}

const AROUND_NS = 450_000_000_000n;

export function EmptyState({ model, height }: { readonly model: Model; readonly height: number }) {
  const { value: newest, loading } = model.newest.state.value;
  const { clauses } = model.view.value;
  const around = (time: Nanos) => model.setRange({ from: rfc3339(time - AROUND_NS), to: rfc3339(time + AROUND_NS) });
  return (
    <div class="state" style={{ height: `${height}px` }}>
      <h2>No spans match this filter in this range</h2>
      <p>
        {loading
          ? "Looking for the newest span that matches."
          : newest === null
            ? "None matched in the last seven days either. Try with fewer filters."
            : `The newest span that matches ended at ${formatInstant(newest)}.`}
      </p>
      <div class="state-actions">
        {newest !== null && (
          <Button class="primary" onClick={() => around(newest)}>
            Show the 15 minutes around it
          </Button>
        )}
        <Button onClick={() => model.setRange({ from: "now-24h", to: "now" })}>Widen to 24 hours</Button>
        {clauses.length > 0 && <Button onClick={() => model.removeClause(clauses.length - 1)}>Remove the last filter</Button>}
        {clauses.length > 1 && <Button onClick={() => model.change({ clauses: [] })}>Remove all filters</Button>}
      </div>
    </div>
  );
}
