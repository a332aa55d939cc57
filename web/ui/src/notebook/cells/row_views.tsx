// Cells of requests and pod starts: what makes some different, where the time goes; and one trace.
import { useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { readCompareAnswer } from "../../api/compare";
import { readSharesAnswer } from "../../api/shares";
import type { SlowSpan } from "../../api/slow_span";
import { type Trace, readTraceAnswer } from "../../api/trace";
import { visibleName } from "../../base/foreign_text";
import { success } from "../../base/result";
import { CompareAnswer } from "../../explore/compare_answer";
import { comparisonParts } from "../../explore/compare_panel";
import { ShownTrace, requestsOf } from "../../explore/shown_trace";
import { ScopeNote } from "../../explore/scope_note";
import { sharesParts } from "../../explore/shares_panel";
import { SharesAnswer } from "../../explore/shares_answer";
import type { TraceSteps } from "../../explore/trace_model";
import { answerHeading } from "../../trace/trace_answer";
import { Receipt } from "../../receipt/receipt";
import { Button } from "../../widgets/button";
import { comparisonWords } from "../comparison_words";
import type { Cell, CompareCell, SharesCell, TraceCell } from "../document";
import type { NotebookModel } from "../model";
import { compareSubject, leftOut, sharesSubject } from "../questions";
import { NoData, NotUnderstood } from "./cell_states";
import type { CellViewProps } from "./latency_view";

const openFrom = (model: NotebookModel, { id }: Cell) => (span: SlowSpan, from: HTMLElement) => model.openSlowSpan(id, span, from);

interface CompareViewProps extends CellViewProps<CompareCell> {
  /** The condition that was asked with. */
  readonly selection: string | null;
}

export function CompareView({ model, cell, answer, selection }: CompareViewProps) {
  const comparison = useMemo(() => readCompareAnswer(success<unknown>(answer)), [answer]);
  if (!comparison.ok) return <NotUnderstood failure={comparison.failure} />;
  const groupBy = (attribute: string) => {
    model.cellId.value = cell.id;
    model.groupBy(attribute);
  };
  return (
    <>
      <ScopeNote of={cell.rows} left={leftOut(cell, model.scope.value)} />
      <CompareAnswer
        of={cell.rows}
        comparison={comparison.value}
        words={comparisonWords(cell, selection, comparison.value)}
        open={model.view.value.open?.spanId ?? null}
        actions={{ onFilter: model.addClauses, onGroup: groupBy, onOpen: openFrom(model, cell) }}
      />
      <Receipt
        parts={comparisonParts(comparison.value)}
        stats={comparison.value.stats}
        subject={compareSubject(cell, selection, model.scope.value)}
      />
    </>
  );
}

export function SharesView({ model, cell, answer, table }: CellViewProps<SharesCell>) {
  const by = cell.by[0] ?? null;
  const shares = useMemo(() => readSharesAnswer(success<unknown>(answer), cell.by.slice(0, 1)), [answer]);
  if (!shares.ok) return <NotUnderstood failure={shares.failure} />;
  if (shares.value.bands.every(({ count }) => count === 0)) return <NoData what="Nothing of this kind ended" model={model} />;
  return (
    <>
      <ScopeNote of={cell.rows} left={leftOut(cell, model.scope.value)} />
      <SharesAnswer
        shares={shares.value}
        of={cell.rows}
        by={by}
        table={table}
        open={model.view.value.open?.spanId ?? null}
        onOpen={openFrom(model, cell)}
        onFilter={model.addClause}
        onBy={(column) => model.changeCell({ ...cell, by: [column] })}
      />
      <Receipt parts={sharesParts(shares.value, cell.rows)} stats={shares.value.stats} subject={sharesSubject(cell, model.scope.value)} />
    </>
  );
}

export function TraceCellView({ model, cell, answer }: CellViewProps<TraceCell>) {
  const trace = useMemo(() => readTraceAnswer(success<unknown>(answer)), [answer]);
  if (!trace.ok) return <NotUnderstood failure={trace.failure} />;
  return <OneTrace model={model} cell={cell} trace={trace.value} />;
}

/** What a value of this trace leads to comes below this cell, whichever one a trace was opened from before. */
function stepsFrom(model: NotebookModel, id: string): TraceSteps {
  const here =
    <Given extends readonly unknown[]>(step: (...given: Given) => void) =>
    (...given: Given) => {
      model.cellId.value = id;
      step(...given);
    };
  const { range, clauses, addClause, groupBy, compareValue, valuesOverTime, followLink } = model;
  return { range, clauses, addClause, groupBy: here(groupBy), compareValue: here(compareValue), valuesOverTime: here(valuesOverTime), followLink: here(followLink) };
}

function OneTrace({ model, cell, trace }: { readonly model: NotebookModel; readonly cell: TraceCell; readonly trace: Trace }) {
  const spanId = useSignal(cell.spanId);
  const pathOnly = useSignal(false);
  const requests = useMemo(() => requestsOf(trace, cell.spanId), [trace, cell.spanId]);
  const steps = useMemo(() => stepsFrom(model, cell.id), [model, cell.id]);
  const open = (from: HTMLElement) => model.openSlowSpan(cell.id, { traceId: trace.traceId, spanId: spanId.peek() }, from);
  return (
    <div class="trace-cell">
      <div class="trace-cell-head">
        <h3>
          <bdi>{visibleName(answerHeading({ trace, requests }), 600)}</bdi>
        </h3>
        <span onClick={(event) => open(event.currentTarget)}>
          <Button>Open beside the notebook</Button>
        </span>
      </div>
      <ShownTrace
        steps={steps}
        trace={trace}
        requests={requests}
        selected={spanId}
        near={cell.near}
        onSelect={(id) => (spanId.value = id)}
        pathOnly={pathOnly}
        onTogglePathOnly={() => (pathOnly.value = !pathOnly.peek())}
        hasPageKeys={false}
      />
    </div>
  );
}
