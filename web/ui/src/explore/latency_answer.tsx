// A latency answer as lines or a table, with the key to its marks and the list of series: for any page that has the answer and takes the steps out of it.
import type { Signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import type { Exemplar, LatencySeries } from "../api/latency";
import type { ChartData } from "../charts/chart_data";
import { ChartKey } from "../charts/chart_key";
import { aboveSentence } from "../charts/chart_words";
import { LatencyChart } from "../charts/latency_chart";
import { Legend } from "../charts/legend";
import { lazy } from "../widgets/lazy";
import { useSeriesColours } from "./series_colours";

const LatencyTable = lazy(() => import("../charts/latency_table").then((module) => module.LatencyTable));

/** What a reader can do; times are in seconds. */
export interface LatencySteps {
  readonly onOpen: (exemplar: Exemplar) => void;
  /** The dot that was last focused or opened. */
  readonly onCurrent: (spanId: string) => void;
  readonly onZoom: (from: number, to: number) => void;
  readonly onResetZoom: () => void;
  readonly onCompareWindow: (from: number, to: number) => void;
  /** The exemplars that have dots, in order of time. */
  readonly onShown: (exemplars: readonly Exemplar[]) => void;
  readonly onIsolate: (series: LatencySeries) => void;
  readonly onCompareSeries: (series: LatencySeries) => void;
}

interface LatencyAnswerProps {
  readonly data: ChartData;
  readonly quantiles: readonly string[];
  readonly table: boolean;
  /** Of the chart with its counts, or of the table alone. */
  readonly height: number;
  readonly highlighted: Signal<number | null>;
  /** Span id of the open exemplar. */
  readonly selected: string | null;
  readonly current: string | null;
  readonly steps: LatencySteps;
  /** How much earlier the dashed lines are, such as "24h"; left out where there are none. */
  readonly before?: string | null;
  /** Stands between the chart and its legend. */
  readonly children?: ComponentChildren;
}

export function LatencyAnswer(props: LatencyAnswerProps) {
  const { data, quantiles, table, height, highlighted, steps } = props;
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
          highlighted={highlighted.value}
          selected={props.selected}
          current={props.current}
          height={height}
          onOpen={(dot) => steps.onOpen(dot.exemplar)}
          onCurrent={steps.onCurrent}
          onZoom={steps.onZoom}
          onResetZoom={steps.onResetZoom}
          onCompare={steps.onCompareWindow}
          onDots={(dots) => steps.onShown(dots.map((dot) => dot.exemplar))}
        />
      )}
      {!table && <ChartKey data={data} quantiles={quantiles} before={data.pointsThen.some((points) => points.size > 0) ? (props.before ?? null) : null} />}
      <ThresholdNotes data={data} />
      {props.children}
      <Legend
        data={data}
        mainQuantile={quantiles.at(-1) ?? ""}
        colourOf={colourOf}
        highlighted={highlighted.value}
        onHighlight={(series) => (highlighted.value = series)}
        onIsolate={steps.onIsolate}
        onCompare={steps.onCompareSeries}
      />
    </>
  );
}

function ThresholdNotes({ data }: { readonly data: ChartData }) {
  const sentences = data.thresholds.map((threshold) => aboveSentence(data, threshold)).filter((sentence) => sentence !== null);
  if (sentences.length === 0) return null;
  return (
    <ul class="threshold-notes">
      {sentences.map((sentence) => (
        <li key={sentence}>{sentence}</li>
      ))}
    </ul>
  );
}
