// The canvas of a heatmap: drawn anew when the data, the size, the theme or the open exemplar change, never while the pointer moves.
import { useLayoutEffect, useRef } from "preact/hooks";
import { DARK } from "../../base/palette";
import { palette } from "../../base/theme";
import { zone } from "../../base/zone";
import { prepareCanvas } from "../../base/canvas";
import type { PlacedDot } from "../dot_layout";
import { drawDots } from "../draw_dots";
import type { PlotArea } from "../plot_area";
import { drawHeatmap } from "./draw_heatmap";
import type { HeatmapData } from "./heatmap_data";
import type { HeatmapPlace } from "./heatmap_place";

interface HeatmapCanvasProps {
  readonly data: HeatmapData;
  readonly width: number;
  readonly height: number;
  readonly area: PlotArea;
  readonly place: HeatmapPlace;
  readonly dots: readonly PlacedDot[];
  readonly selected: string | null;
}

export function HeatmapCanvas({ data, width, height, area, place, dots, selected }: HeatmapCanvasProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const colours = palette.value;
  const spans = dots.map(({ dot }) => dot.exemplar.spanId).join();
  useLayoutEffect(() => {
    const context = prepareCanvas(canvas.current, width, height);
    if (context === null) return;
    drawHeatmap(context, data, area, place, { palette: colours, isDark: colours === DARK });
    context.translate(area.left, area.top);
    drawDots(context, dots, { palette: colours, colourOf: () => colours.ink, selected });
  }, [data, width, height, colours, zone.value, spans, selected]);
  return <canvas ref={canvas} class="chart-canvas" aria-hidden="true" style={{ width: `${width}px`, height: `${height}px` }} />;
}
