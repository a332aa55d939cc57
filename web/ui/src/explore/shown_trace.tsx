// One trace that has come, with what its values and links lead to: in the drawer and in a cell of a notebook.
import type { ReadonlySignal } from "@preact/signals";
import { useState } from "preact/hooks";
import type { ApiRequest } from "../api/request";
import { fetchRelated } from "../api/related";
import { type Trace, fetchTrace, tracePath } from "../api/trace";
import { orderRequests } from "../trace/request_sentence";
import { answerHeading } from "../trace/trace_answer";
import { TraceView } from "../trace/trace_view";
import { RankLine } from "./rank_line";
import { SqlDialog } from "./sql_dialog";
import type { TraceSteps } from "./trace_model";
import "../style/trace.css";

interface ShownTraceProps {
  readonly steps: TraceSteps;
  readonly trace: Trace;
  readonly requests: readonly ApiRequest[];
  /** Span id of the selected span; null is the first. */
  readonly selected: ReadonlySignal<string | null>;
  readonly near: string | null;
  readonly onSelect: (spanId: string) => void;
  readonly pathOnly: ReadonlySignal<boolean>;
  readonly onTogglePathOnly: () => void;
  /** Before a value leads to a chart of the page, which may be covered. */
  readonly onLeave?: () => void;
  /** Whether the keys of the whole page are its own, as those of a cell of many are not. */
  readonly hasPageKeys?: boolean;
}

export function ShownTrace(props: ShownTraceProps) {
  const { steps, trace, requests, near, onLeave } = props;
  const heading = answerHeading({ trace, requests });
  /** The clause that is shown as SQL. */
  const [sql, setSql] = useState<string | null>(null);
  const beside = (act: () => void) => {
    onLeave?.();
    act();
  };
  return (
    <>
      <TraceView
        trace={trace}
        requests={requests}
        selected={props.selected}
        onSelect={props.onSelect}
        pathOnly={props.pathOnly}
        onTogglePathOnly={props.onTogglePathOnly}
        hasPageKeys={props.hasPageKeys ?? true}
        actions={{
          onFilter: steps.addClause,
          onGroup: steps.groupBy,
          onCompare: (clause) => beside(() => steps.compareValue(clause)),
          onValues: (name) => beside(() => steps.valuesOverTime(name)),
          onSql: setSql,
        }}
        fetchLinked={(link, time) => fetchTrace({ traceId: link.traceId, near: time }, new AbortController().signal)}
        fetchRelated={(request) => fetchRelated(request, new AbortController().signal)}
        answerUrl={tracePath({ traceId: trace.traceId, near })}
        onOpenAlone={(target) => steps.followLink({ traceId: target.traceId, spanId: target.spanId, near: target.near }, heading)}
        rankOf={(span) => <RankLine range={steps.range.value} span={span} requests={trace.requests} />}
      />
      {sql !== null && <SqlDialog clauses={[...steps.clauses.value, sql]} range={steps.range.value} onClose={() => setSql(null)} />}
    </>
  );
}

/** While the reader walks through the waterfall, the first request stays the one that the trace was opened for. */
export function requestsOf(trace: Trace | null, opened: string | null): readonly ApiRequest[] {
  return trace === null ? [] : orderRequests(trace, opened);
}
