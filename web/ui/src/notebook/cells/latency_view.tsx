// A latency cell: quantiles with exemplar dots, or the rate or the errors of the same spans.
import { useSignal } from "@preact/signals";
import { useMemo, useRef } from "preact/hooks";
import { type Exemplar, type Latency, type LatencySeries, readLatencyAnswer } from "../../api/latency";
import type { Json } from "../../base/json";
import { formatDuration } from "../../base/format";
import { success } from "../../base/result";
import type { Nanos } from "../../base/time";
import { chartData, seriesName } from "../../charts/chart_data";
import { LatencyAnswer } from "../../explore/latency_answer";
import { ResultLine } from "../../explore/result_line";
import { Button } from "../../widgets/button";
import { windowOf } from "../derived";
import type { LatencyCell } from "../document";
import type { Line } from "../lines";
import type { NotebookModel } from "../model";
import { NoData, NotUnderstood } from "./cell_states";
import { LinesChart } from "./lines_chart";

export interface CellViewProps<Of> {
  readonly model: NotebookModel;
  readonly cell: Of;
  readonly answer: Json;
  readonly height: number;
  /** Whether it is shown as a table. */
  readonly table: boolean;
}

/** What the legend and the notes below the chart take. */
const BELOW_PX = 150;
const CHART_MIN_PX = 150;

export function LatencyView(props: CellViewProps<LatencyCell>) {
  const { cell, answer, height } = props;
  const latency = useMemo(() => readLatencyAnswer(success<unknown>(answer), cell.by), [answer]);
  if (!latency.ok) return <NotUnderstood failure={latency.failure} />;
  if (latency.value.series.every(({ points }) => points.length === 0)) return <NoData what="No spans match" model={props.model} />;
  const isolate = (series: LatencySeries | undefined) => {
    if (series !== undefined && !series.other) void props.model.isolate(series);
  };
  const chartHeight = Math.max(height - BELOW_PX, CHART_MIN_PX);
  return (
    <>
      {cell.show === "latency" ? (
        <Quantiles {...props} latency={latency.value} height={chartHeight} />
      ) : (
        <LinesChart
          lines={linesOf(latency.value, cell.show)}
          height={height - 40}
          unit={cell.show === "rate" ? "spans a second" : "part of the spans with an error"}
          onIsolate={(line) => isolate(latency.value.series[line])}
        />
      )}
      <Thresholds cell={cell} />
      <ResultLine latency={latency.value} />
    </>
  );
}

/** Without the slot that is not over: fewer spans have ended in it than will. */
function linesOf({ series, stepNs, end }: Latency, show: "rate" | "errors"): readonly Line[] {
  const seconds = stepNs / 1e9;
  const isOver = (slot: Nanos) => slot + BigInt(Math.round(stepNs)) <= end;
  return series.map((item) => ({
    name: seriesName(item),
    points: item.points.filter(({ t }) => isOver(t)).map(({ t, count, errors }) => ({ t, value: show === "rate" ? count / seconds : count === 0 ? 0 : errors / count })),
  }));
}

function Thresholds({ cell: { thresholds } }: { readonly cell: LatencyCell }) {
  if (thresholds.length === 0) return null;
  return <p class="cell-note">Limits: {thresholds.map(({ ns, label }) => `${label}, ${formatDuration(ns)}`).join("; ")}</p>;
}

interface QuantilesProps extends CellViewProps<LatencyCell> {
  readonly latency: Latency;
}

function Quantiles({ model, cell, latency, height, table }: QuantilesProps) {
  const highlighted = useSignal<number | null>(null);
  const shown = useRef<readonly Exemplar[]>([]);
  const data = useMemo(() => chartData(latency, cell.quantiles), [latency, cell.quantiles.join()]);
  const isOrigin = model.cellId.value === cell.id;
  const steps = {
    onOpen: (exemplar: Exemplar) => model.openExemplar(cell.id, shown.current, exemplar),
    onCurrent(spanId: string) {
      model.cellId.value = cell.id;
      model.current.value = spanId;
    },
    onZoom: (from: number, to: number) => model.setRange(windowOf(from, to)),
    onResetZoom: () => model.change({ range: null }),
    onCompareWindow: (from: number, to: number) => model.compareWindow(cell, windowOf(from, to)),
    onShown: (exemplars: readonly Exemplar[]) => void (shown.current = exemplars),
    onIsolate: (series: LatencySeries) => void model.isolate(series),
    onCompareSeries: (series: LatencySeries) => void model.compareSeries(cell, series),
  };
  return (
    <LatencyAnswer
      data={data}
      quantiles={cell.quantiles}
      table={table}
      height={height}
      highlighted={highlighted}
      selected={isOrigin ? (model.selected.value?.spanId ?? null) : null}
      current={isOrigin ? model.current.value : null}
      steps={steps}
    >
      <div class="compare-actions">
        <Button title="Adds a cell below" onClick={() => model.compareSlow(cell)}>
          compare slow with the rest
        </Button>
      </div>
    </LatencyAnswer>
  );
}
