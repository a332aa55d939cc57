// The chart of the view with everything that belongs to it: title, choices, states, legend, receipt.
import { useComputed, useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import type { Exemplar, LatencyRequest, LatencySeries } from "../api/latency";
import { ChartChoices } from "./chart_choices";
import { CompareActions } from "./compare_actions";
import { titleOf } from "./default_view";
import { LatencyAnswer } from "./latency_answer";
import { lazy } from "../widgets/lazy";
import { Narrow } from "./narrow";
import { StaleNote } from "../widgets/stale_note";
import { FailureState, Skeleton } from "../widgets/states";
import { Waiting } from "../widgets/waiting";
import { type Model, isEmpty } from "./model";
import { ResultLine } from "./result_line";
import { TabChoice } from "./tab_choice";

/** Of the chart and the counts under it. */
export const CHART_HEIGHT_PX = 424;

const HeatmapAnswer = lazy(() => import("./heatmap_answer").then((module) => module.HeatmapAnswer));
const EmptyState = lazy(() => import("./empty_state").then((module) => module.EmptyState), CHART_HEIGHT_PX);
const ChartOptions = lazy(() => import("./chart_options").then((module) => module.ChartOptions), 36);

export function LatencyPanel({ model }: { readonly model: Model }) {
  const { clauses, by, chart } = model.view.value;
  const { heading, explanation } = titleOf(clauses, chart.heatmap ? [] : by);
  const { value, failure, loading, answeredAt } = model.latency.state.value;
  const narrow = failure?.kind === "limit" ? <Narrow model={model} /> : null;
  const options = useSignal(false);
  const asked = useComputed(() => JSON.parse(model.request.value) as LatencyRequest).value;
  /** The request whose answer is shown, also while the next one is under way and after it failed. */
  const answered = useRef<LatencyRequest | null>(null);
  if (value !== null && failure === null && !loading) answered.current = asked;
  return (
    <section class="panel" aria-labelledby="chart-title" aria-busy={loading}>
      <TabChoice model={model} />
      <div class="panel-head">
        <div>
          <h1 id="chart-title">{heading}</h1>
          <p class="muted">{explanation}</p>
        </div>
        <ChartChoices model={model} options={options} />
      </div>
      {options.value && <ChartOptions model={model} />}
      <div class={`progress ${loading ? "on" : ""}`} aria-hidden="true" />
      <Waiting loading={loading} progress={model.latency.progress} onCancel={model.latency.cancel} />
      {value !== null && failure !== null && (
        <StaleNote failure={failure} answeredAt={answeredAt} onRetry={model.refresh}>
          {narrow}
        </StaleNote>
      )}
      {value === null && failure !== null && (
        <FailureState failure={failure} height={CHART_HEIGHT_PX} onRetry={model.refresh}>
          {narrow}
        </FailureState>
      )}
      {value === null && failure === null && <Skeleton height={CHART_HEIGHT_PX} />}
      {value !== null && isEmpty(value) && <EmptyState model={model} height={CHART_HEIGHT_PX} />}
      {value !== null && !isEmpty(value) && <Answer model={model} />}
      <ResultLine latency={value} request={value === null ? null : answered.current} isCount={chart.heatmap || chart.measure !== "latency"} />
    </section>
  );
}

function Answer({ model }: { readonly model: Model }) {
  const { quantiles, table, chart } = model.view.value;
  const data = model.data.value;
  if (chart.heatmap) return <HeatmapAnswer model={model} height={CHART_HEIGHT_PX} />;
  if (data === null) return null;
  const steps = {
    onOpen: model.openExemplar,
    onCurrent: (spanId: string) => void (model.current.value = spanId),
    onZoom: model.zoom,
    onResetZoom: model.resetZoom,
    onCompareWindow: model.compareWindow,
    onShown: (exemplars: readonly Exemplar[]) => void (model.shown.value = exemplars),
    onIsolate: (series: LatencySeries) => void model.isolate(series),
    onCompareSeries: (series: LatencySeries) => void model.compareSeries(series),
  };
  return (
    <LatencyAnswer
      data={data}
      quantiles={quantiles}
      table={table}
      height={CHART_HEIGHT_PX}
      highlighted={model.highlighted}
      selected={model.selected.value?.spanId ?? null}
      current={model.current.value}
      steps={steps}
      before={chart.before}
    >
      <EarlierFailure model={model} />
      <CompareActions model={model} canDrag={!table} />
    </LatencyAnswer>
  );
}

/** Why the time before is not drawn although it was asked for. */
function EarlierFailure({ model }: { readonly model: Model }) {
  const { failure, loading } = model.earlier.query.state.value;
  const { before } = model.view.value.chart;
  if (before === null || loading || failure === null || failure.kind === "cancelled") return null;
  return (
    <p class="warning-text" role="status">
      {before} earlier could not be asked for: {failure.message}
    </p>
  );
}
