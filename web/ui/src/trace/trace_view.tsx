// One trace, whole: where its time went, its rows and bars, and what the chosen row says.
import { type ReadonlySignal, effect } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useMemo, useRef } from "preact/hooks";
import type { ApiRequest } from "../api/request";
import type { Span, Trace } from "../api/trace";
import { formatDuration, formatInstant } from "../base/format";
import { AttributePanel } from "./attribute_panel";
import type { AttributeActions } from "./attribute_row";
import { ComponentLegend } from "./component_legend";
import { CompletenessNote } from "./completeness_note";
import { CopyTrace, useTraceCopy } from "./copy_trace";
import { pathNote } from "./critical_path";
import { Minimap } from "./minimap";
import { NodeNote, type OpenAlone } from "./node_note";
import { TraceAnswer } from "./trace_answer";
import type { FetchRelated } from "./related";
import { type FetchLinked, type TraceModel, createTraceModel } from "./trace_model";
import { cutSentence, traceSummary } from "./trace_summary";
import { TraceTools } from "./trace_tools";
import { Waterfall } from "./waterfall";
import { useTraceKeys } from "./waterfall_keys";

export interface TraceViewProps {
  readonly trace: Trace;
  /** In the order to show them. */
  readonly requests: readonly ApiRequest[];
  /** Span id of the selected span; null is the first. A signal, so that what the owner was told of is not taken for the owner's wish. */
  readonly selected: ReadonlySignal<string | null>;
  readonly onSelect: (spanId: string) => void;
  readonly pathOnly: ReadonlySignal<boolean>;
  readonly onTogglePathOnly: () => void;
  readonly actions: AttributeActions;
  readonly fetchLinked: FetchLinked;
  readonly fetchRelated: FetchRelated;
  /** Where the server's own answer is, relative to the page. */
  readonly answerUrl: string;
  readonly onOpenAlone: (target: OpenAlone) => void;
  /** Whether keys work wherever the focus is. */
  readonly hasPageKeys: boolean;
  /** How a span stands among those of its kind. */
  readonly rankOf?: (span: Span) => ComponentChildren;
}

export function TraceView(props: TraceViewProps) {
  const { trace, selected, pathOnly, onSelect, fetchLinked, fetchRelated } = props;
  const model = useMemo(() => createTraceModel({ trace, selected: selected.peek(), pathOnly, onSelect, fetchLinked, fetchRelated }), [trace]);
  useLayoutEffect(() => effect(() => model.select.follow(selected.value)), [model, selected]);
  const copy = useTraceCopy(trace);
  useTraceKeys(model, copy.copyLink, props.hasPageKeys);
  const panel = useRef<HTMLElement>(null);
  if (trace.spans.length === 0) return <p class="state">This trace has no spans.</p>;
  const cut = cutSentence(trace);
  return (
    <>
      <TraceAnswer trace={trace} requests={props.requests} />
      {cut !== null && (
        <p class="completeness-note cut-note" role="status">
          {cut}
        </p>
      )}
      <CompletenessNote completeness={trace.completeness} answer={trace.answer} />
      <div class="trace-title muted">
        {formatDuration(trace.durationNs)} · {formatInstant(trace.start)} · {traceSummary(trace)} · <code>{trace.traceId}</code>
        <CopyTrace copy={copy} answerUrl={props.answerUrl} />
      </div>
      <ComponentLegend trace={trace} />
      <TraceTools model={model} onTogglePathOnly={props.onTogglePathOnly} />
      <Minimap model={model} />
      <div class="trace-parts">
        <Waterfall model={model} onEnter={() => panel.current?.focus()} />
        <Details {...props} model={model} panelRef={panel} />
      </div>
    </>
  );
}

interface DetailsProps extends TraceViewProps {
  readonly model: TraceModel;
  readonly panelRef: { current: HTMLElement | null };
}

/** The chosen row, and the span that was chosen last. */
function Details({ model, actions, onOpenAlone, rankOf, panelRef }: DetailsProps) {
  const span = model.span.value;
  if (span === undefined) return null;
  const source = model.sourceOf(model.shown.value);
  return (
    <div class="trace-details">
      <NodeNote model={model} onOpenAlone={onOpenAlone} />
      <AttributePanel
        trace={source.trace}
        shiftNs={source.shiftNs}
        span={span}
        pathNote={pathNote(model.path, span)}
        actions={actions}
        onOpenLink={(link) => onOpenAlone({ traceId: link.traceId, spanId: link.spanId, near: span.start.toString() })}
        rank={rankOf?.(span)}
        panelRef={panelRef}
      />
    </div>
  );
}
