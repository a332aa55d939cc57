// Spans by time and duration: cells to point at, to walk over by keys and to draw a box around, with exemplars on top.
import { useSignal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { cardPlace } from "../card_place";
import type { Dot } from "../chart_data";
import { leave, pointAt } from "../crosshair";
import { CrosshairLine } from "../crosshair_line";
import { DotButtons } from "../dot_buttons";
import { type PlacedDot, nearestDot, placeDots } from "../dot_layout";
import { GUTTER_PX, MARGIN_PX, type PlotArea } from "../plot_area";
import { type Box, type Selection, boxBetween, boxOf, selectionOf } from "./box";
import { HeatmapCanvas } from "./heatmap_canvas";
import { CellCard, HeatmapDotCard, heatmapDotLabel } from "./heatmap_card";
import type { Cell, HeatmapData } from "./heatmap_data";
import { BoxOutline } from "./heatmap_outline";
import { cellAt, placeHeatmap } from "./heatmap_place";
import { HeatmapSurface, type SurfacePoint } from "./heatmap_surface";
import { heatmapSummary } from "./heatmap_words";
import { SelectionBar } from "./selection_bar";

export interface HeatmapChartProps {
  readonly data: HeatmapData;
  readonly dots: readonly Dot[];
  /** Of the cells and the bar under them. */
  readonly height: number;
  readonly selection: Selection | null;
  /** Span id of the open exemplar. */
  readonly selected: string | null;
  /** Span id of the dot last focused or opened. */
  readonly current: string | null;
  readonly onSelect: (selection: Selection | null) => void;
  readonly onCompare: (selection: Selection) => void;
  readonly onZoom: (fromSeconds: number, toSeconds: number) => void;
  readonly onOpen: (dot: Dot) => void;
  readonly onCurrent: (spanId: string) => void;
  /** The dots that are visible, in order of time. */
  readonly onDots: (dots: readonly Dot[]) => void;
}

const REACH_PX = 12;
const BAR_HEIGHT_PX = 40;
/** Above the cells, and below them for the clock. */
const TOP_PX = 12;
const CLOCK_PX = 28;

export function HeatmapChart(props: HeatmapChartProps) {
  const { data, selection } = props;
  const height = props.height - BAR_HEIGHT_PX;
  const [host, width] = useWidth();
  const pointer = useSignal<SurfacePoint | null>(null);
  const drawn = useSignal<Box | null>(null);
  const focused = useSignal<PlacedDot | null>(null);
  const source = useRef({}).current;
  const area = { left: GUTTER_PX, top: TOP_PX, width: Math.max(width - GUTTER_PX - MARGIN_PX, 1), height: height - TOP_PX - CLOCK_PX };
  const place = placeHeatmap(data, area);
  const kept = [props.current, props.selected].filter((spanId) => spanId !== null);
  const placed = placeDots(props.dots, place, { kept, highlighted: null });
  useEffect(() => props.onDots(placed.map(({ dot }) => dot)), [data, width]);
  useEffect(() => () => leave(source), []);

  const box = drawn.value ?? (selection === null ? null : boxOf(data, selection));
  const onPoint = (point: SurfacePoint | null) => {
    pointer.value = point;
    if (point === null) leave(source);
    else pointAt(data.start + (point.left / area.width) * (data.end - data.start), source);
  };
  const onClick = (point: SurfacePoint, cell: Cell) => {
    const dot = placed[nearestDot(placed, point.left, point.top, REACH_PX)];
    if (dot !== undefined) props.onOpen(dot.dot);
    else props.onSelect(selectionOf(data, boxBetween(cell, cell)));
  };
  return (
    <>
      <div ref={host} class="chart heatmap" role="group" aria-label={heatmapSummary(data)} style={{ height: `${height}px` }}>
        {width > 0 && (
          <>
            <HeatmapCanvas data={data} width={width} height={height} area={area} place={place} dots={placed} selected={props.selected} />
            {box !== null && <BoxOutline data={data} box={box} area={area} place={place} kind="box" />}
            <HeatmapSurface
              data={data}
              area={area}
              selection={selection}
              cellAt={({ left, top }) => cellAt(data, place, left, top)}
              onPoint={onPoint}
              onClick={onClick}
              onDraw={(next) => (drawn.value = next)}
              onSelect={(next) => props.onSelect(next === null ? null : selectionOf(data, next))}
              onCompare={(next) => props.onCompare(selectionOf(data, next))}
              renderCell={(cell) => <BoxOutline data={data} box={boxBetween(cell, cell)} area={area} place={place} kind="cell" />}
            />
            <DotButtons
              layout={{ area, dots: placed }}
              labelOf={heatmapDotLabel}
              selected={props.selected}
              current={props.current}
              onCurrent={props.onCurrent}
              onFocusDot={(dot) => (focused.value = dot)}
              onOpen={({ dot }) => props.onOpen(dot)}
            />
            <CrosshairLine source={source} area={area} start={data.start} end={data.end} />
            <Card data={data} placed={placed} pointer={pointer.value} focused={focused.value} area={area} height={height} cellAt={(point) => cellAt(data, place, point.left, point.top)} />
          </>
        )}
      </div>
      <SelectionBar data={data} box={box} height={BAR_HEIGHT_PX} onSelect={props.onSelect} onCompare={props.onCompare} onZoom={props.onZoom} />
    </>
  );
}

interface CardProps {
  readonly data: HeatmapData;
  readonly placed: readonly PlacedDot[];
  readonly pointer: SurfacePoint | null;
  readonly focused: PlacedDot | null;
  readonly area: PlotArea;
  readonly height: number;
  readonly cellAt: (point: SurfacePoint) => Cell;
}

function Card({ data, placed, pointer, focused, area, height, cellAt: find }: CardProps) {
  const near = pointer === null ? focused : placed[nearestDot(placed, pointer.left, pointer.top, REACH_PX)];
  const anchor = near ?? pointer;
  if (anchor === null) return null;
  return (
    <div class="tooltip" aria-hidden="true" style={cardPlace(anchor, area, height)}>
      {near != null ? <HeatmapDotCard place={near} /> : <CellCard data={data} cell={find(anchor)} />}
    </div>
  );
}

/** The width of an element, as it changes; 0 before it is known. */
function useWidth() {
  const element = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const host = element.current;
    if (host === null) return;
    const observer = new ResizeObserver(() => setWidth(host.clientWidth));
    observer.observe(host);
    return () => observer.disconnect();
  }, []);
  return [element, width] as const;
}
