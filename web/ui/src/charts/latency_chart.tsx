// A measure of spans over time with exemplar dots and the count of each slot: pointer, keyboard and zoom around one uPlot canvas.
import { useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { Quantile } from "../api/latency";
import { palette } from "../base/theme";
import { zone } from "../base/zone";
import { cardPlace } from "./card_place";
import type { ChartData, Dot } from "./chart_data";
import { summaryOf } from "./chart_words";
import { CountStrip, STRIP_HEIGHT_PX } from "./count_strip";
import { leave, pointAt } from "./crosshair";
import { CrosshairLine } from "./crosshair_line";
import { DotButtons } from "./dot_buttons";
import { type PlacedDot, nearestDot } from "./dot_layout";
import { type Marks, type Plot, type PlotCursor, type PlotLayout, createPlot } from "./plot";
import { DotCard, SlotCard, dotLabel } from "./tooltip";

export interface LatencyChartProps {
  readonly data: ChartData;
  /** Ascending; the last one is the main line. */
  readonly quantiles: readonly Quantile[];
  readonly colourOf: (series: number) => string;
  readonly highlighted: number | null;
  /** Span id of the open exemplar. */
  readonly selected: string | null;
  /** Span id of the dot last focused or opened: the tab stop, which no other dot hides. */
  readonly current: string | null;
  /** Of the plot and the counts under it; a note may follow. */
  readonly height: number;
  readonly onOpen: (dot: Dot) => void;
  readonly onCurrent: (spanId: string) => void;
  readonly onZoom: (fromSeconds: number, toSeconds: number) => void;
  readonly onResetZoom: () => void;
  readonly onCompare: (fromSeconds: number, toSeconds: number) => void;
  /** The dots that are visible while no series is highlighted, in order of time. */
  readonly onDots: (dots: readonly Dot[]) => void;
}

/** How far from a dot a click still means it. */
const REACH_PX = 12;

export function LatencyChart(props: LatencyChartProps) {
  const { data } = props;
  const height = props.height - STRIP_HEIGHT_PX;
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<Plot | null>(null);
  const visited = useRef<readonly string[]>([]);
  const latest = useRef(props);
  latest.current = props;
  const layout = useSignal<PlotLayout | null>(null);
  const cursor = useSignal<PlotCursor | null>(null);
  const focused = useSignal<PlacedDot | null>(null);
  const colours = palette.value;
  const quantiles = props.quantiles.join();

  useLayoutEffect(() => {
    const element = host.current;
    if (element === null) return;
    const created = mountPlot(element, latest, layout, cursor);
    plot.current = created;
    visited.current = [];
    created.mark(marksOf(latest.current, visited));
    return () => {
      leave(cursor);
      created.destroy();
    };
  }, [data, colours, quantiles, zone.value]);

  useEffect(() => plot.current?.mark(marksOf(props, visited)), [props.highlighted, props.selected, props.current]);
  useEffect(() => {
    const element = host.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => plot.current?.resize(element.clientWidth, height));
    observer.observe(element);
    return () => observer.disconnect();
  }, [height]);

  return (
    <>
      <div class="chart" role="group" aria-label={summaryOf(data)} style={{ height: `${height}px` }}>
        <div ref={host} class="chart-canvas" aria-hidden="true" onMouseLeave={() => (cursor.value = null)} />
        {layout.value !== null && (
          <DotButtons
            layout={layout.value}
            labelOf={(place) => dotLabel(place, data)}
            selected={props.selected}
            current={props.current}
            onCurrent={props.onCurrent}
            onFocusDot={(place) => (focused.value = place)}
            onOpen={(place) => props.onOpen(place.dot)}
          />
        )}
        {layout.value !== null && <CrosshairLine source={cursor} area={layout.value.area} start={data.start} end={data.end} />}
        <Tooltip chart={props} layout={layout.value} cursor={cursor.value} focused={focused.value} />
      </div>
      <CountStrip data={data} area={layout.value?.area ?? null} />
    </>
  );
}

/** Dots once focused or opened stay while the data does, so that the way back leads over the same dots. */
function marksOf({ highlighted, selected, current }: LatencyChartProps, visited: { current: readonly string[] }): Marks {
  const latest = [current, selected].filter((spanId) => spanId !== null);
  visited.current = [...visited.current.filter((spanId) => !latest.includes(spanId)), ...latest];
  return { highlighted, selected, kept: visited.current };
}

interface Box<Value> {
  value: Value;
  peek(): Value;
}

function mountPlot(
  element: HTMLElement,
  latest: { readonly current: LatencyChartProps },
  layout: Box<PlotLayout | null>,
  cursor: Box<PlotCursor | null>,
): Plot {
  const { data } = latest.current;
  return createPlot(element, {
    data,
    palette: palette.peek(),
    colourOf: (series) => latest.current.colourOf(series),
    width: element.clientWidth,
    height: latest.current.height - STRIP_HEIGHT_PX,
    onLayout: (next) => {
      layout.value = next;
      if (latest.current.highlighted === null) latest.current.onDots(next.dots.map((place) => place.dot));
    },
    onCursor(next) {
      cursor.value = next;
      const width = layout.peek()?.area.width ?? 0;
      if (next === null || width === 0) leave(cursor);
      else pointAt(data.start + (next.left / width) * (data.end - data.start), cursor);
    },
    onClick: (left, top) => {
      const dots = layout.peek()?.dots ?? [];
      const place = dots[nearestDot(dots, left, top, REACH_PX)];
      if (place !== undefined) latest.current.onOpen(place.dot);
    },
    onZoom: (from, to) => latest.current.onZoom(from, to),
    onResetZoom: () => latest.current.onResetZoom(),
    onCompare: (from, to) => latest.current.onCompare(from, to),
  });
}

interface TooltipProps {
  readonly chart: LatencyChartProps;
  readonly layout: PlotLayout | null;
  readonly cursor: PlotCursor | null;
  readonly focused: PlacedDot | null;
}

function Tooltip({ chart, layout, cursor, focused }: TooltipProps) {
  const { data, quantiles, colourOf } = chart;
  if (layout === null) return null;
  const hovered = cursor === null ? undefined : layout.dots[nearestDot(layout.dots, cursor.left, cursor.top, REACH_PX)];
  const place = hovered ?? (cursor === null ? (focused ?? undefined) : undefined);
  const anchor = place ?? cursor;
  if (anchor == null) return null;
  if (place === undefined && (cursor?.index == null || data.slots[cursor.index] == null)) return null;
  return (
    <div class="tooltip" aria-hidden="true" style={cardPlace(anchor, layout.area, chart.height - STRIP_HEIGHT_PX)}>
      {place !== undefined ? (
        <DotCard place={place} data={data} colourOf={colourOf} />
      ) : (
        <SlotCard data={data} index={cursor?.index ?? 0} quantiles={quantiles} colourOf={colourOf} />
      )}
    </div>
  );
}
