// The chart of the view with everything that belongs to it: title, choices, states, legend, cost of the answer.
import { useMemo, useRef } from "preact/hooks";
import { quantileLabel } from "../base/format";
import { assignPlaces } from "../base/palette";
import { palette } from "../base/theme";
import { type ChartData, seriesKey } from "../charts/chart_data";
import { LatencyChart } from "../charts/latency_chart";
import { LatencyTable } from "../charts/latency_table";
import { Legend } from "../charts/legend";
import { Button, IconButton } from "../widgets/button";
import { ChartIcon, TableIcon, ZoomOutIcon } from "../widgets/icons";
import { Segmented } from "../widgets/segmented";
import { CompareActions } from "./compare_actions";
import { titleOf } from "./default_view";
import { EmptyState, FailureState, Narrow, Skeleton, StaleNote } from "./states";
import { type Model, isEmpty } from "./model";
import { ResultLine } from "./result_line";
import { TabChoice } from "./tab_choice";
import { QUANTILE_CHOICES } from "./view";

const CHART_HEIGHT_PX = 380;

export function LatencyPanel({ model }: { readonly model: Model }) {
  const { clauses, by } = model.view.value;
  const { heading, explanation } = titleOf(clauses, by);
  const { value, failure, loading, answeredAt } = model.latency.state.value;
  const narrow = failure?.kind === "limit" ? <Narrow model={model} /> : null;
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
    </div>
  );
}

function Answer({ model, data }: { readonly model: Model; readonly data: ChartData }) {
  const { quantiles, table } = model.view.value;
  const colourOf = useSeriesColours(data);
  const height = CHART_HEIGHT_PX;
  return (
    <>
      {table ? (
        <LatencyTable data={data} quantiles={quantiles} height={height} />
      ) : (
        <LatencyChart
          data={data}
          quantiles={quantiles}
          colourOf={colourOf}
          highlighted={model.highlighted.value}
          selected={model.selected.value?.spanId ?? null}
          current={model.current.value}
          height={height}
          onOpen={(dot) => model.openExemplar(dot.exemplar)}
          onCurrent={(spanId) => (model.current.value = spanId)}
          onZoom={model.zoom}
          onResetZoom={model.resetZoom}
          onCompare={model.compareWindow}
          onDots={(dots) => (model.shown.value = dots.map((dot) => dot.exemplar))}
        />
      )}
      {!table && <ChartKey quantiles={quantiles} medians={data.dots.some((dot) => !dot.minor && dot.exemplar.pick === "median")} />}
      <CompareActions model={model} canDrag={!table} />
      <Legend
        series={data.series}
        mainQuantile={quantiles.at(-1) ?? ""}
        colourOf={colourOf}
        highlighted={model.highlighted.value}
        onHighlight={(series) => (model.highlighted.value = series)}
        onIsolate={(series) => void model.isolate(series)}
        onCompare={(series) => void model.compareSeries(series)}
      />
    </>
  );
}

/** A series keeps its colour from one answer to the next. */
function useSeriesColours(data: ChartData): (series: number) => string {
  const places = useRef<ReadonlyMap<string, number>>(new Map());
  const keys = useMemo(() => {
    const named = data.series.map((series) => (series.other ? null : seriesKey(series)));
    places.current = assignPlaces(places.current, named.filter((key) => key !== null));
    return named;
  }, [data]);
  const colours = palette.value;
  return (series) => {
    const key = keys[series];
    const place = key == null ? undefined : places.current.get(key);
    return (place === undefined ? undefined : colours.series[place % colours.series.length]) ?? colours.rest;
  };
}

interface ChartKeyProps {
  readonly quantiles: readonly string[];
  /** Whether typical spans have dots. */
  readonly medians: boolean;
}

function ChartKey({ quantiles, medians }: ChartKeyProps) {
  const main = quantiles.at(-1) ?? "";
  const thin = quantiles.slice(0, -1);
  return (
    <ul class="chart-key" aria-label="Marks of the chart">
      <li>
        <svg viewBox="0 0 20 8" width="20" height="8" aria-hidden="true"><path d="M0 4h20" stroke="currentColor" stroke-width="2" /></svg>
        {quantileLabel(main)}
      </li>
      {thin.length > 0 && (
        <li>
          <svg viewBox="0 0 20 8" width="20" height="8" aria-hidden="true"><path d="M0 4h20" stroke="currentColor" stroke-dasharray="4 3" /></svg>
          {thin.map(quantileLabel).join(", ")}
        </li>
      )}
      <li>
        <svg viewBox="0 0 10 10" width="10" height="10" aria-hidden="true"><circle cx="5" cy="5" r="4" fill="currentColor" /></svg>
        a real span: click for its trace
      </li>
      {medians && (
        <li>
          <svg viewBox="0 0 10 10" width="10" height="10" aria-hidden="true"><circle cx="5" cy="5" r="3.2" fill="none" stroke="currentColor" stroke-width="1.5" /></svg>
          a typical one
        </li>
      )}
      <li>
        <svg viewBox="0 0 10 10" width="10" height="10" aria-hidden="true" class="error-text"><path d="M5 0l5 9H0z" fill="currentColor" /></svg>
        a span with an error
      </li>
      <li class="muted">drag to zoom, double click to go back</li>
    </ul>
  );
}
