// The outline of a box of cells, or of the cell that keys have reached.
import type { PlotArea } from "../plot_area";
import type { Box } from "./box";
import type { HeatmapData } from "./heatmap_data";
import { type HeatmapPlace, boxRectangle } from "./heatmap_place";

interface BoxOutlineProps {
  readonly data: HeatmapData;
  readonly box: Box;
  readonly area: PlotArea;
  readonly place: HeatmapPlace;
  readonly kind: "box" | "cell";
}

export function BoxOutline({ data, box, area, place, kind }: BoxOutlineProps) {
  const { left, top, width, height } = boxRectangle(data, box, place);
  const style = { left: `${left + area.left}px`, top: `${top + area.top}px`, width: `${width}px`, height: `${height}px` };
  return <div class={`heatmap-${kind}`} aria-hidden="true" style={style} />;
}
