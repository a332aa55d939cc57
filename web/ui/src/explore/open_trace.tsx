// The open trace: its sentence, the way to its neighbours and back, the trace itself, or why it cannot be shown.
import { useComputed } from "@preact/signals";
import { useMemo } from "preact/hooks";
import type { Trace } from "../api/trace";
import { visibleName } from "../base/foreign_text";
import { answerHeading } from "../trace/trace_answer";
import { IconButton } from "../widgets/button";
import { CloseIcon, ExpandIcon, NextIcon, NotebookIcon, PreviousIcon, ShrinkIcon } from "../widgets/icons";
import { MissingTrace } from "./missing_trace";
import { ShownTrace, requestsOf } from "./shown_trace";
import { Skeleton } from "../widgets/states";
import type { TraceModel } from "./trace_model";

interface OpenTraceProps {
  readonly model: TraceModel;
  readonly onClose: () => void;
  /** Keeps the trace in a notebook. */
  readonly onKeep: (trace: Trace, spanId: string | null) => void;
}

export function OpenTrace({ model, onClose, onKeep }: OpenTraceProps) {
  const { open } = model.view.value;
  const { value, failure } = model.trace.state.value;
  const trace = open !== null && value?.traceId === open.traceId ? value : null;
  const exemplar = model.selected.value?.spanId ?? null;
  const requests = useMemo(() => requestsOf(trace, exemplar ?? open?.spanId ?? null), [trace, exemplar]);
  const selected = useComputed(() => model.view.value.open?.spanId ?? null);
  if (open === null) return null;
  return (
    <>
      <Trail model={model} />
      <div class="drawer-head">
        <h2 class="drawer-first-line">{trace === null ? `Trace ${open.traceId.slice(0, 8)}…` : <bdi>{visibleName(answerHeading({ trace, requests }), 600)}</bdi>}</h2>
        <DrawerControls model={model} onClose={onClose} onKeep={trace === null ? null : () => onKeep(trace, open.spanId)} />
      </div>
      {trace !== null && (
        <ShownTrace
          steps={model}
          trace={trace}
          requests={requests}
          selected={selected}
          near={open.near}
          onSelect={model.selectSpan}
          pathOnly={model.pathOnly}
          onTogglePathOnly={model.togglePathOnly}
          onLeave={() => (model.fullPage.value = false)}
        />
      )}
      {trace === null && failure !== null && <MissingTrace model={model} failure={failure} />}
      {trace === null && failure === null && <Skeleton height={320} />}
    </>
  );
}

/** The traces whose links led here, the first one first. */
function Trail({ model }: { readonly model: TraceModel }) {
  const trail = model.trail.value;
  if (trail.length === 0) return null;
  return (
    <nav class="trace-trail" aria-label="Traces whose links led here">
      <ol>
        {trail.map(({ open, heading }, place) => (
          <li key={place}>
            <button type="button" class="link-button" onClick={() => model.goBackTo(place)}>
              <PreviousIcon /> back to <bdi>{visibleName(heading, 120)}</bdi>
            </button>{" "}
            <code class="muted">{open.traceId.slice(0, 8)}</code>
          </li>
        ))}
      </ol>
    </nav>
  );
}

interface DrawerControlsProps extends Omit<OpenTraceProps, "onKeep"> {
  /** Null while there is no trace. */
  readonly onKeep: (() => void) | null;
}

function DrawerControls({ model, onClose, onKeep }: DrawerControlsProps) {
  const shown = model.shown.value;
  const at = shown.findIndex((exemplar) => exemplar.spanId === model.selected.value?.spanId);
  const full = model.fullPage.value;
  return (
    <div class="drawer-controls">
      {at >= 0 && (
        <span class="muted drawer-position">
          {at + 1} of {shown.length}
        </span>
      )}
      <IconButton label="Previous exemplar [" disabled={at <= 0} onClick={() => model.stepExemplar(-1)}>
        <PreviousIcon />
      </IconButton>
      <IconButton label="Next exemplar ]" disabled={at < 0 || at >= shown.length - 1} onClick={() => model.stepExemplar(1)}>
        <NextIcon />
      </IconButton>
      <IconButton label="Add to a notebook" disabled={onKeep === null} onClick={() => onKeep?.()}>
        <NotebookIcon />
      </IconButton>
      <IconButton label={full ? "Beside the chart" : "Full page"} pressed={full} onClick={() => (model.fullPage.value = !full)}>
        {full ? <ShrinkIcon /> : <ExpandIcon />}
      </IconButton>
      <IconButton label="Close (Escape)" onClick={onClose}>
        <CloseIcon />
      </IconButton>
    </div>
  );
}
