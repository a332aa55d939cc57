// The open trace beside the chart: what etcd added, the way to its neighbours, the waterfall, the selected span's attributes.
import { useEffect, useRef } from "preact/hooks";
import type { Trace } from "../api/trace";
import { formatDuration, formatInstant } from "../base/format";
import { AttributePanel, traceSummary } from "../trace/attribute_panel";
import { ComponentLegend } from "../trace/component_legend";
import { EtcdLine } from "../trace/etcd_line";
import { Waterfall } from "../trace/waterfall";
import { IconButton } from "../widgets/button";
import { CopyButton } from "../widgets/copy_button";
import { CloseIcon, ExpandIcon, NextIcon, PreviousIcon, ShrinkIcon } from "../widgets/icons";
import type { Model } from "./model";
import { FailureState, Skeleton } from "./states";

/** Where the drawer is a sheet under the chart, as in trace.css. */
const SHEET = "(max-width: 1100px)";

interface DrawerProps {
  readonly model: Model;
  readonly onClose: () => void;
}

export function Drawer({ model, onClose }: DrawerProps) {
  const { open } = model.view.value;
  const { value, failure } = model.trace.state.value;
  const box = useRef<HTMLElement>(null);
  useEffect(() => {
    if (open === null) return;
    box.current?.focus({ preventScroll: true });
    if (window.matchMedia(SHEET).matches) document.querySelector(".chart")?.scrollIntoView();
  }, [open?.traceId]);
  if (open === null) return null;
  const trace = value?.traceId === open.traceId ? value : null;
  return (
    <aside ref={box} class={`drawer ${model.fullPage.value ? "full" : ""}`} tabIndex={-1} aria-label="Trace">
      <div class="drawer-head">
        <div class="drawer-first-line">{trace === null ? <p class="etcd-line">&nbsp;</p> : <EtcdLine trace={trace} />}</div>
        <DrawerControls model={model} onClose={onClose} />
      </div>
      {trace !== null && <TraceView model={model} trace={trace} spanId={open.spanId} />}
      {trace === null && failure !== null && <MissingTrace model={model} />}
      {trace === null && failure === null && <Skeleton height={320} />}
    </aside>
  );
}

function DrawerControls({ model, onClose }: DrawerProps) {
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
      <IconButton label={full ? "Beside the chart" : "Full page"} pressed={full} onClick={() => (model.fullPage.value = !full)}>
        {full ? <ShrinkIcon /> : <ExpandIcon />}
      </IconButton>
      <IconButton label="Close (Escape)" onClick={onClose}>
        <CloseIcon />
      </IconButton>
    </div>
  );
}

function TraceView({ model, trace, spanId }: { readonly model: Model; readonly trace: Trace; readonly spanId: string | null }) {
  const span = trace.spans.find((candidate) => candidate.spanId === spanId) ?? trace.spans[0];
  const panel = useRef<HTMLElement>(null);
  if (span === undefined) return <p class="state">This trace has no spans.</p>;
  return (
    <>
      <div class="trace-title">
        <h2>{trace.spans.find(({ spanId }) => spanId === model.selected.value?.spanId)?.name ?? trace.spans[0]?.name}</h2>
        <p class="muted">
          {formatDuration(trace.durationNs)} · {formatInstant(trace.start)} · {traceSummary(trace)}
        </p>
        <p class="muted trace-id">
          <code>{trace.traceId}</code>
          <CopyButton label="copy the trace id" text={trace.traceId} />
        </p>
      </div>
      <ComponentLegend trace={trace} />
      <div class="trace-parts">
        <Waterfall trace={trace} selected={span.spanId} onSelect={model.selectSpan} onEnter={() => panel.current?.focus()} />
        <AttributePanel
          trace={trace}
          span={span}
          actions={{ onFilter: model.addClause, onGroup: model.groupBy }}
          onOpenLink={(link) => model.openTrace(link.traceId, link.spanId, span.start.toString())}
          panelRef={panel}
        />
      </div>
    </>
  );
}

/** A trace that cannot be shown: what the chart knows of it stays. */
function MissingTrace({ model }: { readonly model: Model }) {
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
