// How many there are in each slot, under the curve and on its time axis, with a sentence where requests stopped finishing.
import { useLayoutEffect, useRef } from "preact/hooks";
import { formatCount } from "../base/format";
import { palette } from "../base/theme";
import { prepareCanvas } from "../base/canvas";
import type { ChartData } from "./chart_data";
import { stoppedSentence } from "./chart_words";
import { drawCounts } from "./draw_counts";
import type { PlotArea } from "./plot_area";

const HEIGHT_PX = 40;
/** With the room around it. */
export const STRIP_HEIGHT_PX = 44;

interface CountStripProps {
  readonly data: ChartData;
  /** Null before the chart is laid out. */
  readonly area: PlotArea | null;
}

export function CountStrip({ data: { counts, words, start, end }, area }: CountStripProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const colours = palette.value;
  useLayoutEffect(() => {
    const context = area === null ? null : prepareCanvas(canvas.current, area.width, HEIGHT_PX);
    if (area !== null && context !== null) drawCounts(context, counts, { start, end, width: area.width, height: HEIGHT_PX }, colours);
  }, [counts, start, end, area?.width, colours]);
  const most = counts.reduce((high, { count }) => Math.max(high, count), 0);
  const stopped = stoppedSentence(counts, words);
  return (
    <>
      <div class="count-strip" aria-hidden="true" style={{ height: `${HEIGHT_PX}px` }}>
        <span class="count-label" style={{ width: `${area?.left ?? 0}px` }}>
          {formatCount(most)}
          <br />
          {words.many}
        </span>
        <canvas ref={canvas} style={{ left: `${area?.left ?? 0}px`, width: `${area?.width ?? 0}px`, height: `${HEIGHT_PX}px` }} />
      </div>
      {stopped !== null && (
        <p class="stopped-note">
          <span class="error-text" aria-hidden="true">▼ </span>
          {stopped}
        </p>
      )}
    </>
  );
}
