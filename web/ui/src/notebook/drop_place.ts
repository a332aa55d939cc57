// Where a dragged cell would go: between which cells, and the line that shows it.

export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Between the cells. */
const GAP_PX = 12;
const MARK_PX = 4;

/** Cells beside others are passed from left to right, others from above. */
function isHalf({ width }: Box, whole: number): boolean {
  return width < whole * 0.75;
}

/** Before which of the cells a point lies; as many as there are where it lies after all of them. `whole` is the width of a row. */
export function placeAt(boxes: readonly Box[], whole: number, x: number, y: number): number {
  const at = boxes.findIndex((box) => {
    if (y < box.top) return true;
    if (y >= box.top + box.height) return false;
    return isHalf(box, whole) ? x < box.left + box.width / 2 : y < box.top + box.height / 2;
  });
  return at < 0 ? boxes.length : at;
}

/** The line before a place: upright beside cells of half the width, else level. */
export function markAt(boxes: readonly Box[], whole: number, place: number): Box | null {
  const [before, after] = [boxes[place - 1], boxes[place]];
  const box = after ?? before;
  if (box === undefined) return null;
  const isAfter = after === undefined;
  const shift = (isAfter ? 1 : -1) * (GAP_PX / 2);
  if (isHalf(box, whole)) return { left: box.left + (isAfter ? box.width : 0) + shift - MARK_PX / 2, top: box.top, width: MARK_PX, height: box.height };
  return { left: 0, top: box.top + (isAfter ? box.height : 0) + shift - MARK_PX / 2, width: whole, height: MARK_PX };
}

/** How far to scroll in one frame where the pointer is near an edge of what is seen. */
export function scrollStep(y: number, top: number, bottom: number): number {
  if (y < top + EDGE_PX) return -speed(top + EDGE_PX - y);
  return y > bottom - EDGE_PX ? speed(y - (bottom - EDGE_PX)) : 0;
}

const EDGE_PX = 60;
const STEP_MAX_PX = 18;

function speed(depth: number): number {
  return Math.ceil(Math.min(depth / EDGE_PX, 1) * STEP_MAX_PX);
}
