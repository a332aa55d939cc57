// A latency answer as a chart or a table, with its legend: for any page that has the answer and takes the steps out of it.
import type { Signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useMemo, useRef } from "preact/hooks";
import type { Exemplar, LatencySeries } from "../api/latency";
import { quantileLabel } from "../base/format";
import { assignPlaces } from "../base/palette";
import { palette } from "../base/theme";
import { type ChartData, seriesKey } from "../charts/chart_data";
import { LatencyChart } from "../charts/latency_chart";
import { LatencyTable } from "../charts/latency_table";
import { Legend } from "../charts/legend";

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
  /** Of the chart or the table alone. */
  readonly height: number;
  readonly highlighted: Signal<number | null>;
  /** Span id of the open exemplar. */
  readonly selected: string | null;
  readonly current: string | null;
  readonly steps: LatencySteps;
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
      {!table && <ChartKey quantiles={quantiles} medians={data.dots.some((dot) => !dot.minor && dot.exemplar.pick === "median")} />}
      {props.children}
      <Legend
        series={data.series}
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
