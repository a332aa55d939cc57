// The answer as lines over time, or their points as a table, with the key to its marks and the list of series.
import type { ChartData } from "../charts/chart_data";
import { ChartKey } from "../charts/chart_key";
import { aboveSentence } from "../charts/chart_words";
import { LatencyChart } from "../charts/latency_chart";
import { Legend } from "../charts/legend";
import { CompareActions } from "./compare_actions";
import { lazy } from "./lazy";
import type { Model } from "./model";
import { useSeriesColours } from "./series_colours";

const LatencyTable = lazy(() => import("../charts/latency_table").then((module) => module.LatencyTable));

interface LineAnswerProps {
  readonly model: Model;
  readonly data: ChartData;
  readonly height: number;
}

export function LineAnswer({ model, data, height }: LineAnswerProps) {
  const { quantiles, table, chart } = model.view.value;
  const colourOf = useSeriesColours(data);
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
      {!table && <ChartKey data={data} quantiles={quantiles} before={data.pointsThen.length > 0 ? chart.before : null} />}
      <EarlierFailure model={model} />
      <ThresholdNotes data={data} />
      <CompareActions model={model} canDrag={!table} />
      <Legend
        data={data}
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

function ThresholdNotes({ data }: { readonly data: ChartData }) {
  const sentences = data.thresholds.map((threshold) => aboveSentence(data.series, threshold)).filter((sentence) => sentence !== null);
  if (sentences.length === 0) return null;
  return (
    <ul class="threshold-notes">
      {sentences.map((sentence) => (
        <li key={sentence}>{sentence}</li>
      ))}
    </ul>
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
