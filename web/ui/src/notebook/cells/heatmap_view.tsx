// A heatmap cell: spans, or rows made of them, by time and duration; a box in it begins a comparison of what it holds.
import { useSignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { type Exemplar, readLatencyAnswer } from "../../api/latency";
import { success } from "../../base/result";
import { OF_WORDS } from "../../base/rows";
import { HeatmapChart } from "../../charts/heatmap/heatmap_chart";
import { type HeatmapData, heatmapData } from "../../charts/heatmap/heatmap_data";
import type { Dot } from "../../charts/chart_data";
import { heatmapDots } from "../../charts/heatmap/heatmap_dots";
import { HeatmapTable } from "../../charts/heatmap/heatmap_table";
import { ResultLine } from "../../explore/result_line";
import { ScopeNote } from "../../explore/scope_note";
import { windowOf } from "../derived";
import type { HeatmapCell } from "../document";
import { shownBox } from "../heatmap_box";
import { latencyRequestOf, leftOut } from "../questions";
import { NoData, NotUnderstood } from "./cell_states";
import { type CellViewProps, NOTE_PX } from "./latency_view";
import "../../style/heatmap.css";

/** What the receipt below takes. */
const BELOW_PX = 60;
const CHART_MIN_PX = 180;

export function HeatmapView(props: CellViewProps<HeatmapCell>) {
  const { model, cell, answer, table } = props;
  const words = OF_WORDS[cell.rows];
  const left = leftOut(cell, model.scope.value);
  const latency = useMemo(() => readLatencyAnswer(success<unknown>(answer), []), [answer]);
  const drawn = useMemo(() => (latency.ok ? { data: heatmapData(latency.value, words), dots: heatmapDots(latency.value) } : null), [latency, words]);
  if (!latency.ok) return <NotUnderstood failure={latency.failure} />;
  const height = Math.max(props.height - BELOW_PX - (left.length > 0 ? NOTE_PX : 0), CHART_MIN_PX);
  const data = drawn?.data ?? null;
  if (drawn === null || data === null || data.total === 0) return <NoData what={`No ${words.many} match`} model={model} />;
  return (
    <>
      <ScopeNote of={cell.rows} left={left} />
      {table ? <HeatmapTable data={data} height={height} /> : <Cells {...props} data={data} dots={drawn.dots} height={height} />}
      <ResultLine latency={latency.value} request={latencyRequestOf(cell, model.scope.value)} words={words} isCount />
    </>
  );
}

interface CellsProps extends CellViewProps<HeatmapCell> {
  readonly data: HeatmapData;
  readonly dots: readonly Dot[];
}

function Cells({ model, cell, data, dots, height }: CellsProps) {
  // Who only looks changes nothing: the box is the document's once something is made of it.
  const box = useSignal(shownBox(cell.selection));
  useEffect(() => void (box.value = shownBox(cell.selection)), [cell.selection]);
  const shown = useRef<readonly Exemplar[]>([]);
  const isOrigin = model.cellId.value === cell.id;
  return (
    <HeatmapChart
      data={data}
      dots={dots}
      height={height}
      selection={box.value}
      selected={isOrigin ? (model.selected.value?.spanId ?? null) : null}
      current={isOrigin ? model.current.value : null}
      onSelect={(selection) => (box.value = selection)}
      onCompare={(selection) => model.compareBox(cell, selection)}
      onZoom={(from, to) => model.setRange(windowOf(from, to))}
      onOpen={(dot) => model.openExemplar(cell.id, shown.current, dot.exemplar)}
      onCurrent={(spanId) => {
        model.cellId.value = cell.id;
        model.current.value = spanId;
      }}
      onDots={(visible) => (shown.current = visible.map((dot) => dot.exemplar))}
    />
  );
}
