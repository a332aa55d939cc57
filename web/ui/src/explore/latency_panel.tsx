// The chart of the view with everything that belongs to it: title, choices, states, legend, cost of the answer.
import type { Exemplar, LatencySeries } from "../api/latency";
import { quantileLabel } from "../base/format";
import type { ChartData } from "../charts/chart_data";
import { Button, IconButton } from "../widgets/button";
import { ChartIcon, TableIcon, ZoomOutIcon } from "../widgets/icons";
import { Segmented } from "../widgets/segmented";
import { CompareActions } from "./compare_actions";
import { titleOf } from "./default_view";
import { KeepButton } from "./keep_button";
import { keptLatency } from "./kept_question";
import { LatencyAnswer } from "./latency_answer";
import { EmptyState, FailureState, Skeleton, StaleNote } from "./states";
import { type Model, isEmpty } from "./model";
import { ResultLine } from "./result_line";
import { TabChoice } from "./tab_choice";
import { QUANTILE_CHOICES } from "./view";

const CHART_HEIGHT_PX = 380;

export function LatencyPanel({ model }: { readonly model: Model }) {
  const { clauses, by } = model.view.value;
  const { heading, explanation } = titleOf(clauses, by);
  const { value, failure, loading } = model.latency.state.value;
  return (
    <section class="panel" aria-labelledby="chart-title" aria-busy={loading}>
      <TabChoice model={model} />
      <div class="panel-head">
        <div>
          <h1 id="chart-title">{heading}</h1>
          <p class="muted">{explanation}</p>
        </div>
        <ChartChoices model={model} />
      </div>
      <div class={`progress ${loading ? "on" : ""}`} aria-hidden="true" />
      {value !== null && failure !== null && <StaleNote failure={failure} onRetry={model.refresh} />}
      {value === null && failure !== null && <FailureState failure={failure} height={CHART_HEIGHT_PX} onRetry={model.refresh} />}
      {value === null && failure === null && <Skeleton height={CHART_HEIGHT_PX} />}
      {value !== null && isEmpty(value) && <EmptyState model={model} height={CHART_HEIGHT_PX} />}
      {value !== null && !isEmpty(value) && model.data.value !== null && <Answer model={model} data={model.data.value} />}
      <ResultLine latency={value} />
    </section>
  );
}

function ChartChoices({ model }: { readonly model: Model }) {
  const { quantiles, table } = model.view.value;
  const toggle = (quantile: string) => {
    const next = QUANTILE_CHOICES.filter((choice) => quantiles.includes(choice) !== (choice === quantile));
    if (next.length > 0) model.change({ quantiles: next });
  };
  return (
    <div class="panel-choices">
      {model.beforeZoom.value !== null && (
        <Button class="quiet" onClick={model.resetZoom}>
          <ZoomOutIcon /> Reset zoom
        </Button>
      )}
      <Segmented
        label="Quantiles"
        choices={QUANTILE_CHOICES.map((value) => ({ value, label: quantileLabel(value) }))}
        isOn={(value) => quantiles.includes(value)}
        onChoose={toggle}
      />
      <IconButton label={table ? "Show as chart" : "Show as table"} onClick={() => model.change({ table: !table }, "replace")}>
        {table ? <ChartIcon /> : <TableIcon />}
      </IconButton>
      <KeepButton model={model} question={() => keptLatency(model.view.peek(), model.range.peek())} />
    </div>
  );
}

function Answer({ model, data }: { readonly model: Model; readonly data: ChartData }) {
  const { quantiles, table } = model.view.value;
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
    >
      <CompareActions model={model} canDrag={!table} />
    </LatencyAnswer>
  );
}
