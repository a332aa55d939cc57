// The one place that draws with uPlot: lines, crosshair, drag to zoom, dots and other marks drawn on top.
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import type { Palette } from "../base/palette";
import { type ChartData, type Line, isolated } from "./chart_data";
import { drawDots } from "./draw_dots";
import { drawHollowPoints, drawOpenSlots, drawThresholds } from "./draw_marks";
import { type DotMarks, type PlacedDot, type Projection, placeDots } from "./dot_layout";
import { FADED, OPAQUE, inDrawingOrder, lineLook } from "./line_look";
import { MARGIN_PX, type PlotArea } from "./plot_area";
import { dateInZone, timeAxis, valueAxis, valueScale } from "./plot_axes";

export interface PlotLayout {
  readonly area: PlotArea;
  readonly dots: readonly PlacedDot[];
}

/** Where the pointer is, in CSS pixels of the plot area, and the index of the nearest x. */
export interface PlotCursor {
  readonly left: number;
  readonly top: number;
  readonly index: number | null;
}

export interface PlotOptions {
  readonly data: ChartData;
  readonly palette: Palette;
  readonly colourOf: (series: number) => string;
  readonly width: number;
  readonly height: number;
  readonly onLayout: (layout: PlotLayout) => void;
  readonly onCursor: (cursor: PlotCursor | null) => void;
  readonly onClick: (left: number, top: number) => void;
  readonly onZoom: (fromSeconds: number, toSeconds: number) => void;
  readonly onResetZoom: () => void;
  /** A stretch dragged over with Shift. */
  readonly onCompare: (fromSeconds: number, toSeconds: number) => void;
}

export interface Plot {
  mark(marks: Marks): void;
  resize(width: number, height: number): void;
  destroy(): void;
}

export interface Marks extends DotMarks {
  /** Span id of the dot with a ring. */
  readonly selected: string | null;
}

/** A drag shorter than this is a click. */
const DRAG_MIN_PX = 5;

export function createPlot(host: HTMLElement, options: PlotOptions): Plot {
  const marks = { current: { highlighted: null, selected: null, kept: [] } as Marks };
  const lines = inDrawingOrder(options.data);
  const plot = new uPlot(plotOptions(options, marks, lines), alignedData(options.data, lines), host);
  return {
    mark(next) {
      const { highlighted, selected } = marks.current;
      marks.current = next;
      if (highlighted !== next.highlighted || selected !== next.selected) plot.redraw(false);
    },
    resize(width, height) {
      if (plot.width !== width || plot.height !== height) plot.setSize({ width, height });
    },
    destroy: () => plot.destroy(),
  };
}

type CurrentMarks = { readonly current: Marks };

function alignedData(data: ChartData, lines: readonly Line[]): uPlot.AlignedData {
  return [[...data.x], ...lines.map((line) => [...line.values])];
}

function plotOptions(options: PlotOptions, marks: CurrentMarks, lines: readonly Line[]): uPlot.Options {
  const { data } = options;
  const drag = { isShifted: false };
  return {
    width: options.width,
    height: options.height,
    padding: [12, MARGIN_PX, 0, 0],
    tzDate: dateInZone,
    legend: { show: false },
    cursor: cursorOptions(options),
    select: { show: true, left: 0, top: 0, width: 0, height: 0 },
    scales: {
      x: { time: true, range: () => [data.start, data.end] },
      y: valueScale(data),
    },
    axes: [timeAxis(options.palette, data), valueAxis(options.palette, data)],
    series: [{}, ...lines.map((line) => lineOptions(options, marks, line))],
    hooks: {
      draw: [(plot) => drawOverlay(plot, options, marks.current)],
      setCursor: [(plot) => reportCursor(plot, options)],
      setSelect: [(plot) => takeSelection(plot, drag.isShifted ? options.onCompare : options.onZoom)],
      ready: [
        (plot) => listenForClicks(plot, options),
        (plot) => plot.over.addEventListener("pointerdown", (event) => (drag.isShifted = event.shiftKey)),
      ],
    },
  };
}

function cursorOptions(options: PlotOptions): uPlot.Cursor {
  return {
    points: { show: false },
    drag: { x: true, y: false, setScale: false, dist: DRAG_MIN_PX },
    bind: {
      dblclick: () => () => {
        options.onResetZoom();
        return null;
      },
    },
  };
}

function lineOptions(options: PlotOptions, marks: CurrentMarks, line: Line): uPlot.Series {
  const { series, values } = line;
  const alone = isolated(values);
  const { opacity, width, dash, pointSize } = lineLook(line, options.data.series.length === 1);
  const colour = () => {
    const { highlighted } = marks.current;
    return `${options.colourOf(series)}${highlighted === null ? opacity : highlighted === series ? OPAQUE : FADED}`;
  };
  return {
    stroke: colour,
    width,
    ...(dash.length > 0 && { dash }),
    spanGaps: false,
    points: {
      show: true,
      size: pointSize,
      width: 0,
      fill: colour,
      filter: () => alone,
    },
  };
}

function drawOverlay(plot: uPlot, options: PlotOptions, marks: Marks): void {
  const ratio = uPlot.pxRatio;
  const area = {
    left: plot.bbox.left / ratio,
    top: plot.bbox.top / ratio,
    width: plot.bbox.width / ratio,
    height: plot.bbox.height / ratio,
  };
  const projection: Projection = {
    left: (x: number) => plot.valToPos(x, "x"),
    top: (y: number) => plot.valToPos(y, "y"),
    width: area.width,
    height: area.height,
  };
  const dots = placeDots(options.data.dots, projection, marks);
  const context = plot.ctx;
  context.save();
  context.translate(plot.bbox.left, plot.bbox.top);
  context.scale(ratio, ratio);
  drawOpenSlots(context, options.data, projection, options.palette);
  drawThresholds(context, options.data, projection, options.palette);
  drawHollowPoints(context, options.data, projection, { ...options, highlighted: marks.highlighted });
  drawDots(context, dots, { ...options, selected: marks.selected });
  context.restore();
  options.onLayout({ area, dots });
}

function reportCursor(plot: uPlot, options: PlotOptions): void {
  const { left = -1, top = -1, idx } = plot.cursor;
  options.onCursor(left < 0 || top < 0 ? null : { left, top, index: idx ?? null });
}

function takeSelection(plot: uPlot, use: (fromSeconds: number, toSeconds: number) => void): void {
  const { left, width } = plot.select;
  if (width < DRAG_MIN_PX) return;
  const from = plot.posToVal(left, "x");
  const to = plot.posToVal(left + width, "x");
  plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  use(from, to);
}

/** A press and release in about the same place is a click, which uPlot does not tell apart from a drag. */
function listenForClicks(plot: uPlot, options: PlotOptions): void {
  let pressed: { x: number; y: number } | null = null;
  plot.over.addEventListener("pointerdown", (event) => (pressed = { x: event.clientX, y: event.clientY }));
  plot.over.addEventListener("click", (event) => {
    const start = pressed;
    pressed = null;
    if (start === null || Math.hypot(event.clientX - start.x, event.clientY - start.y) >= DRAG_MIN_PX) return;
    const box = plot.over.getBoundingClientRect();
    options.onClick(event.clientX - box.left, event.clientY - box.top);
  });
}
