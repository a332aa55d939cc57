// A latency cell: quantiles with exemplar dots, or the rate or the errors of the same rows, perhaps beside those of a time before.
import { useSignal } from "@preact/signals";
import { useMemo, useRef } from "preact/hooks";
import type { Exemplar, Latency, LatencySeries } from "../../api/latency";
import type { Json } from "../../base/json";
import { OF_WORDS } from "../../base/rows";
import { type Earlier, chartData } from "../../charts/chart_data";
import { earlierRequest, fetchEarlier } from "../../explore/earlier";
import { LatencyAnswer } from "../../explore/latency_answer";
import { ResultLine } from "../../explore/result_line";
import { ScopeNote } from "../../explore/scope_note";
import { useAnswer } from "../../explore/use_answer";
import { Button } from "../../widgets/button";
import { availabilitySentence, chartOptionsOf, objectiveOf, readCellLatency } from "../availability";
import { windowOf } from "../derived";
import type { LatencyCell } from "../document";
import type { NotebookModel } from "../model";
import { latencyRequestOf, leftOut } from "../questions";
import { NoData, NotUnderstood } from "./cell_states";

export interface CellViewProps<Of> {
  readonly model: NotebookModel;
  readonly cell: Of;
  readonly answer: Json;
  readonly height: number;
  /** Whether it is shown as a table. */
  readonly table: boolean;
}

/** What lies below the chart: its key in up to four lines, buttons, a series of the legend, the receipt. */
const BELOW_PX = 214;
const CHART_MIN_PX = 200;
/** A line that says which filters are left out. */
export const NOTE_PX = 22;

export function LatencyView(props: CellViewProps<LatencyCell>) {
  const { model, cell, answer, height } = props;
  const { by, objective, rows } = cell;
  const left = leftOut(cell, model.scope.value);
  const latency = useMemo(() => readCellLatency(cell, answer), [answer, rows, by.join(), objective, cell.show, cell.limit]);
  if (!latency.ok) return <NotUnderstood failure={latency.failure} />;
  if (latency.value.series.every(({ points }) => points.length === 0)) return <NoData what={`No ${OF_WORDS[rows].many} match`} model={model} />;
  return (
    <>
      <ScopeNote of={rows} left={left} />
      <Chart {...props} latency={latency.value} height={Math.max(height - BELOW_PX - (left.length > 0 ? NOTE_PX : 0), CHART_MIN_PX)} />
      <ResultLine latency={latency.value} request={latencyRequestOf(cell, model.scope.value)} words={OF_WORDS[rows]} isCount={cell.show !== "latency"} />
    </>
  );
}

/** The same so much earlier, for a cell that wants it; a pinned answer stands alone. */
function useEarlier({ model, cell }: CellViewProps<LatencyCell>, latency: Latency) {
  const request = latencyRequestOf(cell, model.scope.value);
  const question = cell.before === null || request === null ? null : earlierRequest(request, latency, cell.before);
  return useAnswer(question, 0, fetchEarlier);
}

interface ChartProps extends CellViewProps<LatencyCell> {
  readonly latency: Latency;
}

function Chart(props: ChartProps) {
  const { model, cell, latency, height, table } = props;
  const highlighted = useSignal<number | null>(null);
  const shown = useRef<readonly Exemplar[]>([]);
  const then = useEarlier(props, latency);
  const earlier: Earlier | null = then.value;
  const { show, thresholds } = cell;
  const data = useMemo(
    () => chartData(latency, cell.quantiles, chartOptionsOf(cell, earlier)),
    [latency, cell.rows, cell.quantiles.join(), show, earlier, JSON.stringify(thresholds)],
  );
  const objective = objectiveOf(cell);
  const availability = availabilitySentence(cell, latency);
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
      before={cell.before}
    >
      {then.failure !== null && (
        <p class="warning-text" role="status">
          {cell.before} earlier could not be asked for: {then.failure.message}
        </p>
      )}
      {availability !== null && <p class="threshold-notes">{availability}</p>}
      <div class="compare-actions">
        {objective === null ? (
          <Button title="Adds a cell below" onClick={() => model.compareSlow(cell)}>
            compare slow with the rest
          </Button>
        ) : (
          <Button title="Adds a cell below" onClick={() => model.compareFailed(cell)}>
            compare failed with the rest
          </Button>
        )}
      </div>
    </LatencyAnswer>
  );
}
