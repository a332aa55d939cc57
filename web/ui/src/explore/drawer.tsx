// The open trace beside the chart: where the time went, the way to its neighbours, the waterfall, the selected span's attributes.
import { useEffect, useMemo, useRef } from "preact/hooks";
import type { ApiRequest } from "../api/request";
import type { Trace } from "../api/trace";
import { formatDuration, formatInstant } from "../base/format";
import { AttributePanel, traceSummary } from "../trace/attribute_panel";
import { ComponentLegend } from "../trace/component_legend";
import { CompletenessNote } from "../trace/completeness_note";
import { criticalPathOf, pathNote } from "../trace/critical_path";
import { orderRequests } from "../trace/request_sentence";
import { TraceAnswer, answerHeading } from "../trace/trace_answer";
import { buildTree } from "../trace/tree";
import { Waterfall } from "../trace/waterfall";
import { Button, IconButton } from "../widgets/button";
import { CopyButton } from "../widgets/copy_button";
import { CloseIcon, ExpandIcon, NextIcon, NotebookIcon, PreviousIcon, ShrinkIcon } from "../widgets/icons";
import { FailureState, Skeleton } from "./states";
import type { TraceModel, TraceSteps } from "./trace_model";

/** Where the drawer is a sheet under the chart, as in trace.css. */
const SHEET = "(max-width: 1100px)";

interface DrawerProps {
  readonly model: TraceModel;
  readonly onClose: () => void;
  /** Keeps the trace in a notebook. */
  readonly onKeep: (trace: Trace, spanId: string | null) => void;
}

export function Drawer({ model, onClose, onKeep }: DrawerProps) {
  const { open } = model.view.value;
  const { value, failure } = model.trace.state.value;
  const box = useRef<HTMLElement>(null);
  useEffect(() => {
    if (open === null) return;
    box.current?.focus({ preventScroll: true });
    if (window.matchMedia(SHEET).matches && model.origin.peek() === null) document.querySelector(".chart")?.scrollIntoView();
  }, [open?.traceId]);
  const trace = open !== null && value?.traceId === open.traceId ? value : null;
  const exemplar = model.selected.value?.spanId ?? null;
  const requests = useMemo(() => requestsOf(trace, exemplar ?? open?.spanId ?? null), [trace, exemplar]);
  if (open === null) return null;
  return (
    <aside ref={box} class={`drawer ${model.fullPage.value ? "full" : ""}`} tabIndex={-1} aria-label="Trace">
      <div class="drawer-head">
        <h2 class="drawer-first-line">{trace === null ? "\u00a0" : answerHeading({ trace, requests })}</h2>
        <DrawerControls model={model} onClose={onClose} onKeep={trace === null ? null : () => onKeep(trace, open.spanId)} />
      </div>
      {trace !== null && <TraceView model={model} trace={trace} requests={requests} spanId={open.spanId} />}
      {trace === null && failure !== null && <MissingTrace model={model} />}
      {trace === null && failure === null && <Skeleton height={320} />}
    </aside>
  );
}

/** While the reader walks through the waterfall, the first request stays the one that the trace was opened for. */
export function requestsOf(trace: Trace | null, opened: string | null): readonly ApiRequest[] {
  return trace === null ? [] : orderRequests(trace, buildTree(trace.spans), opened);
}

interface DrawerControlsProps extends Omit<DrawerProps, "onKeep"> {
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

interface TraceViewProps {
  readonly model: TraceSteps;
  readonly trace: Trace;
  readonly requests: readonly ApiRequest[];
  readonly spanId: string | null;
}

export function TraceView({ model, trace, requests, spanId }: TraceViewProps) {
  const span = trace.spans.find((candidate) => candidate.spanId === spanId) ?? trace.spans[0];
  const panel = useRef<HTMLElement>(null);
  const path = useMemo(() => criticalPathOf(trace), [trace]);
  if (span === undefined) return <p class="state">This trace has no spans.</p>;
  const pathOnly = model.pathOnly.value && path.size > 0;
  return (
    <>
      <TraceAnswer trace={trace} requests={requests} />
      <CompletenessNote completeness={trace.completeness} answer={trace.answer} />
      <div class="trace-title muted">
        {formatDuration(trace.durationNs)} · {formatInstant(trace.start)} · {traceSummary(trace)} ·{" "}
        <span class="trace-id">
          <code>{trace.traceId}</code>
          <CopyButton label="copy the trace id" text={trace.traceId} />
        </span>
      </div>
      <div class="waterfall-tools">
        <ComponentLegend trace={trace} />
        <Button
          class="path-toggle"
          pressed={pathOnly}
          disabled={path.size === 0}
          title="Bars have a line through them where they are on the critical path (c)"
          onClick={model.togglePathOnly}
        >
          <span class="path-sample" aria-hidden="true" /> critical path only
        </Button>
      </div>
      <div class="trace-parts">
        <Waterfall
          trace={trace}
          path={path}
          pathOnly={pathOnly}
          selected={span.spanId}
          onSelect={model.selectSpan}
          onEnter={() => panel.current?.focus()}
        />
        <AttributePanel
          trace={trace}
          span={span}
          pathNote={pathNote(path, span)}
          actions={{ onFilter: model.addClause, onGroup: model.groupBy }}
          onOpenLink={(link) => model.openTrace(link.traceId, link.spanId, span.start.toString())}
          panelRef={panel}
        />
      </div>
    </>
  );
}

/** A trace that cannot be shown: what the chart knows of it stays. */
function MissingTrace({ model }: { readonly model: TraceModel }) {
  const { failure } = model.trace.state.value;
  const exemplar = model.selected.value;
  if (failure === null) return null;
  return (
    <>
      {exemplar !== null && (
        <p class="drawer-note muted">
          The chart’s span took {formatDuration(exemplar.durationNs)} and ended at {formatInstant(exemplar.t)}.
        </p>
      )}
      <FailureState failure={failure} onRetry={model.retryTrace} />
    </>
  );
}
