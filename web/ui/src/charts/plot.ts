// The one place that knows uPlot: lines on a log axis, crosshair, drag to zoom, dots drawn on top.
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { formatClock, formatDate, formatRoundDuration } from "../base/format";
import type { Palette } from "../base/palette";
import { fromSeconds } from "../base/time";
import { type ChartData, type Line, isolated, logTicks, valueRange } from "./chart_data";
import { drawDots } from "./draw_dots";
import { type DotMarks, type PlacedDot, placeDots } from "./dot_layout";

export interface PlotArea {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

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
  /** The quantile whose lines are drawn thick; the others are thin and dashed. */
  readonly mainQuantile: string;
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
  const lines = inDrawingOrder(options);
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

/** What matters least first, as later lines cover earlier ones: minor quantiles, then the rest beyond the limit. */
function inDrawingOrder({ data, mainQuantile }: PlotOptions): readonly Line[] {
  const weight = (line: Line) => (line.quantile === mainQuantile ? 2 : 0) + (data.series[line.series]?.other ? 0 : 1);
  return [...data.lines].sort((a, b) => weight(a) - weight(b));
}

function alignedData(data: ChartData, lines: readonly Line[]): uPlot.AlignedData {
  return [[...data.x], ...lines.map((line) => [...line.values])];
}

function plotOptions(options: PlotOptions, marks: CurrentMarks, lines: readonly Line[]): uPlot.Options {
  const { data } = options;
  const drag = { isShifted: false };
  return {
    width: options.width,
    height: options.height,
    padding: [12, 30, 0, 0],
    legend: { show: false },
    cursor: cursorOptions(options),
    select: { show: true, left: 0, top: 0, width: 0, height: 0 },
    scales: {
      x: { time: true, range: () => [data.start, data.end] },
      y: { distr: 3, log: 10, range: () => [...valueRange(data)] as [number, number] },
    },
    axes: [timeAxis(options), durationAxis(options)],
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

function axisOptions(palette: Palette): uPlot.Axis {
  return {
    stroke: palette.muted,
    font: "11px system-ui, sans-serif",
    grid: { stroke: palette.grid, width: 1 },
    ticks: { show: false },
  };
}

function timeAxis({ palette, data }: PlotOptions): uPlot.Axis {
  const seconds = data.end - data.start < 900;
  return {
    ...axisOptions(palette),
    size: 28,
    space: seconds ? 80 : 64,
    values: (_, splits) =>
      splits.map((split) => {
        const time = fromSeconds(split);
        const clock = formatClock(time);
        if (clock === "00:00:00") return formatDate(time).slice(5);
        return seconds ? clock : clock.slice(0, 5);
      }),
  };
}

function durationAxis({ palette }: PlotOptions): uPlot.Axis {
  return {
    ...axisOptions(palette),
    size: 58,
    splits: (_, _axis, low, high) => [...logTicks(low, high)],
    filter: (_, splits) => splits,
    values: (_, splits) => thin(splits).map((split) => (split === null ? "" : formatRoundDuration(split))),
  };
}

/** Labels of a tight axis would touch: above eight, only 1, 2 and 5 of a decade keep theirs. */
function thin(splits: readonly number[]): readonly (number | null)[] {
  if (splits.length <= 8) return splits;
  return splits.map((split) => (/^[125]/.test(split.toExponential()) ? split : null));
}

/** Opacities as the last two digits of a colour. */
const OPAQUE = "ff";
const MINOR = "73";
const FADED = "26";

function lineOptions(options: PlotOptions, marks: CurrentMarks, { series, quantile, values }: Line): uPlot.Series {
  const main = quantile === options.mainQuantile;
  const alone = options.data.series.length === 1;
  const opacity = () => {
    const { highlighted } = marks.current;
    if (highlighted !== null) return highlighted === series ? OPAQUE : FADED;
    return main || alone ? OPAQUE : MINOR;
  };
  const colour = () => `${options.colourOf(series)}${opacity()}`;
  return {
    stroke: colour,
    width: main ? 1.75 : 1,
    ...(main ? {} : { dash: [4, 3] }),
    spanGaps: false,
    points: {
      show: true,
      size: main ? 5 : 4,
      width: 0,
      fill: colour,
      filter: () => isolated(values),
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
  const projection = {
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
