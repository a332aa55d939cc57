// What stands in the chart's place when there is no chart: loading, nothing found, a failure. All keep the chart's height.
import { formatInstant } from "../base/format";
import type { Failure } from "../base/result";
import { type Nanos, rfc3339 } from "../base/time";
import { Button } from "../widgets/button";
import type { Model } from "./model";

export function Skeleton({ height }: { readonly height: number }) {
  return (
    <div class="skeleton" role="status" style={{ height: `${height}px` }}>
      <span class="visually-hidden">loading</span>
    </div>
  );
}

const HEADLINES: Readonly<Record<Failure["kind"], string>> = {
  invalid: "The server does not accept this query",
  not_found: "Not found",
  unauthenticated: "The server does not know who asks",
  conflict: "Somebody else has changed this",
  refused: "The server refuses this request",
  unavailable: "The server cannot answer just now",
  network: "The server cannot be reached",
  malformed: "The server’s answer is not understood",
  cancelled: "The request was cancelled",
  server: "The server failed",
};

interface FailureStateProps {
  readonly failure: Failure;
  readonly height?: number;
  readonly onRetry: () => void;
}

export function FailureState({ failure, height, onRetry }: FailureStateProps) {
  return (
    <div class="state" role="alert" style={height === undefined ? {} : { height: `${height}px` }}>
      <h2>{HEADLINES[failure.kind]}</h2>
      <p>{failure.kind === "invalid" && height !== undefined ? "The filter above shows what is wrong." : failure.message}</p>
      {failure.kind !== "invalid" && (
        <Button class="primary" onClick={onRetry}>
          Try again
        </Button>
      )}
    </div>
  );
}

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
