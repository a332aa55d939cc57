// The time that the pointer of another chart is at, as a line across this one.
import { crosshair } from "./crosshair";
import type { PlotArea } from "./plot_area";

interface CrosshairLineProps {
  /** The chart itself: its own pointer draws its own line. */
  readonly source: object;
  readonly area: PlotArea;
  readonly start: number;
  readonly end: number;
}

export function CrosshairLine({ source, area, start, end }: CrosshairLineProps) {
  const at = crosshair.value;
  if (at === null || at.source === source || at.seconds < start || at.seconds > end) return null;
  const left = area.left + ((at.seconds - start) / (end - start)) * area.width;
  return <div class="crosshair-line" aria-hidden="true" style={{ left: `${left}px`, top: `${area.top}px`, height: `${area.height}px` }} />;
}
