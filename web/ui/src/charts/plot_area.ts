// The part of a chart between its axes. All charts have it in the same place, so that times lie above one another.

export interface PlotArea {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Room for the labels of values. */
export const GUTTER_PX = 58;
/** Room for a label of time that is cut by no edge. */
export const MARGIN_PX = 30;
