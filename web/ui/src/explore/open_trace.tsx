// The open trace: its sentence, the way to its neighbours and back, the trace itself, or why it cannot be shown.
import { useComputed } from "@preact/signals";
import { useMemo, useState } from "preact/hooks";
import type { ApiRequest } from "../api/request";
import { type Trace, fetchTrace, tracePath } from "../api/trace";
import { visibleName } from "../base/foreign_text";
import type { AttributeActions } from "../trace/attribute_row";
import { orderRequests } from "../trace/request_sentence";
import { answerHeading } from "../trace/trace_answer";
import { TraceView } from "../trace/trace_view";
import { IconButton } from "../widgets/button";
import { CloseIcon, ExpandIcon, NextIcon, PreviousIcon, ShrinkIcon } from "../widgets/icons";
import { MissingTrace } from "./missing_trace";
import type { Model } from "./model";
import { RankLine } from "./rank_line";
import { SqlDialog } from "./sql_dialog";
import { Skeleton } from "./states";
import type { OpenTrace as OpenTraceIds } from "./view";
import "../style/trace.css";

interface OpenTraceProps {
  readonly model: Model;
  readonly onClose: () => void;
}

export function OpenTrace({ model, onClose }: OpenTraceProps) {
  const { open } = model.view.value;
  const { value, failure } = model.trace.state.value;
  const trace = open !== null && value?.traceId === open.traceId ? value : null;
  const exemplar = model.selected.value?.spanId ?? null;
  const requests = useMemo(() => requestsOf(trace, exemplar ?? open?.spanId ?? null), [trace, exemplar]);
  if (open === null) return null;
  return (
    <>
      <Trail model={model} />
      <div class="drawer-head">
        <h2 class="drawer-first-line">{trace === null ? `Trace ${open.traceId.slice(0, 8)}…` : <bdi>{visibleName(answerHeading({ trace, requests }), 600)}</bdi>}</h2>
        <DrawerControls model={model} onClose={onClose} />
      </div>
      {trace !== null && <Shown model={model} trace={trace} requests={requests} open={open} />}
      {trace === null && failure !== null && <MissingTrace model={model} failure={failure} />}
      {trace === null && failure === null && <Skeleton height={320} />}
    </>
  );
}

/** While the reader walks through the waterfall, the first request stays the one that the trace was opened for. */
function requestsOf(trace: Trace | null, opened: string | null): readonly ApiRequest[] {
  return trace === null ? [] : orderRequests(trace, opened);
}

interface ShownProps {
  readonly model: Model;
  readonly trace: Trace;
  readonly requests: readonly ApiRequest[];
  readonly open: OpenTraceIds;
}

function Shown({ model, trace, requests, open }: ShownProps) {
  const heading = answerHeading({ trace, requests });
  const selected = useComputed(() => model.view.value.open?.spanId ?? null);
  /** The clause that is shown as SQL. */
  const [sql, setSql] = useState<string | null>(null);
  return (
    <>
      <TraceView
        trace={trace}
        requests={requests}
        selected={selected}
        onSelect={model.selectSpan}
        pathOnly={model.pathOnly}
        onTogglePathOnly={model.togglePathOnly}
        actions={actionsOf(model, setSql)}
        fetchLinked={(link, near) => fetchTrace({ traceId: link.traceId, near }, new AbortController().signal)}
        answerUrl={tracePath({ traceId: trace.traceId, near: open.near })}
        onOpenAlone={({ traceId, spanId, near }) => model.followLink({ traceId, spanId, near }, heading)}
        rankOf={(span) => <RankLine model={model} span={span} requests={trace.requests} />}
      />
      {sql !== null && <SqlDialog clauses={[...model.view.value.clauses, sql]} range={model.range.value} onClose={() => setSql(null)} />}
    </>
  );
}

/** What a value of the trace leads to; the full page makes room for the charts that answer. */
function actionsOf(model: Model, showSql: (clause: string) => void): AttributeActions {
  const beside = (act: () => void) => {
    model.fullPage.value = false;
    act();
  };
  return {
    onFilter: model.addClause,
    onGroup: model.groupBy,
    onCompare: (clause) => beside(() => model.compareValue(clause)),
    onValues: (name) => beside(() => model.valuesOverTime(name)),
    onSql: showSql,
  };
}

/** The traces whose links led here, the first one first. */
function Trail({ model }: { readonly model: Model }) {
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

function DrawerControls({ model, onClose }: OpenTraceProps) {
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
