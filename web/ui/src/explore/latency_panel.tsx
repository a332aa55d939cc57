// The chart of the view with everything that belongs to it: title, choices, states, legend, receipt.
import { useSignal } from "@preact/signals";
import { LineAnswer } from "./line_answer";
import { ChartChoices } from "./chart_choices";
import { titleOf } from "./default_view";
import { lazy } from "./lazy";
import { EmptyState, FailureState, Skeleton, StaleNote } from "./states";
import { type Model, isEmpty } from "./model";
import { ResultLine } from "./result_line";
import { TabChoice } from "./tab_choice";

const HeatmapAnswer = lazy(() => import("./heatmap_answer").then((module) => module.HeatmapAnswer));
const ChartOptions = lazy(() => import("./chart_options").then((module) => module.ChartOptions), 36);

/** Of the chart and the counts under it. */
export const CHART_HEIGHT_PX = 424;

export function LatencyPanel({ model }: { readonly model: Model }) {
  const { clauses, by, chart } = model.view.value;
  const { heading, explanation } = titleOf(clauses, chart.heatmap ? [] : by);
  const { value, failure, loading } = model.latency.state.value;
  const options = useSignal(false);
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
      {value !== null && failure !== null && <StaleNote failure={failure} onRetry={model.refresh} />}
      {value === null && failure !== null && <FailureState failure={failure} height={CHART_HEIGHT_PX} onRetry={model.refresh} />}
      {value === null && failure === null && <Skeleton height={CHART_HEIGHT_PX} />}
      {value !== null && isEmpty(value) && <EmptyState model={model} height={CHART_HEIGHT_PX} />}
      {value !== null && !isEmpty(value) && <Answer model={model} />}
      <ResultLine latency={value} />
    </section>
  );
}

function Answer({ model }: { readonly model: Model }) {
  const data = model.data.value;
  if (model.view.value.chart.heatmap) return <HeatmapAnswer model={model} height={CHART_HEIGHT_PX} />;
  return data === null ? null : <LineAnswer model={model} data={data} height={CHART_HEIGHT_PX} />;
}
