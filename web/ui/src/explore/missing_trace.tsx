// A trace that cannot be shown: what the chart knows of it stays, and where retention has removed it that is said.
import { formatDuration, formatInstant } from "../base/format";
import type { Failure } from "../base/result";
import type { Nanos } from "../base/time";
import { FailureState } from "../widgets/states";
import type { TraceModel } from "./trace_model";

interface MissingTraceProps {
  readonly model: TraceModel;
  readonly failure: Failure;
}

export function MissingTrace({ model, failure }: MissingTraceProps) {
  const exemplar = model.selected.value;
  const { open } = model.view.value;
  const rawDataFrom = model.rawDataFrom.value;
  const near = exemplar?.t ?? (open === null || open.near === null ? null : BigInt(open.near));
  const expired = failure.kind === "not_found" ? expiredSentence(near, rawDataFrom) : null;
  return (
    <>
      {exemplar !== null && (
        <p class="drawer-note muted">
          The chart’s span took {formatDuration(exemplar.durationNs)} and ended at {formatInstant(exemplar.t)}
          {exemplar.error ? "; it failed" : ""}. Its trace is <code>{exemplar.traceId}</code>.
        </p>
      )}
      {expired === null ? (
        <FailureState failure={failure} onRetry={model.retryTrace} />
      ) : (
        <div class="state" role="alert">
          <h2>This trace has expired</h2>
          <p>{expired}</p>
          <p>The figures of the chart stay, for rollups are kept longer. Pinned traces and pinned cells of a notebook outlive retention.</p>
        </div>
      )}
    </>
  );
}

/** That retention has removed a trace of this time; null where it cannot have. */
export function expiredSentence(near: Nanos | null, rawDataFrom: Nanos | null): string | null {
  if (near === null || rawDataFrom === null || near >= rawDataFrom) return null;
  return `It ended at ${formatInstant(near)}. Retention has removed its spans: those that are kept reach back to ${formatInstant(rawDataFrom)}.`;
}
