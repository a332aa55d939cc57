// Where the card beside the pointer goes: on the side of the chart that has more room.
import type { PlotArea } from "./plot_area";

interface Anchor {
  /** CSS pixels from the plot area's top left corner. */
  readonly left: number;
  readonly top: number;
}

const GAP_PX = 14;

/** CSS properties of a card within a chart of this height. */
export function cardPlace(anchor: Anchor, area: PlotArea, chartHeight: number): Readonly<Record<string, string>> {
  const isRight = anchor.left > area.width / 2;
  const isLow = anchor.top > area.height / 2;
  return {
    ...(isRight ? { right: `${area.width - anchor.left + 2 * GAP_PX}px` } : { left: `${anchor.left + GAP_PX + area.left}px` }),
    ...(isLow ? { bottom: `${chartHeight - anchor.top - 40}px` } : { top: `${Math.max(anchor.top - 20, 0)}px` }),
  };
}
