// The ways into a comparison, beside the answer that raises the question.
import { formatRoundDuration } from "../base/format";
import { Button } from "../widgets/button";
import { stretchOf } from "./stretch";
import type { Model } from "./model";

/** Where the focus goes when the comparison closes. */
export const COMPARE_ENTRY = ".compare-actions button";

export function CompareActions({ model, canDrag }: { readonly model: Model; readonly canDrag: boolean }) {
  const kind = model.view.value.compare?.kind ?? null;
  const stretch = stretchOf(model.range.value);
  const length = stretch === null ? "" : formatRoundDuration(Number(stretch.end - stretch.start));
  return (
    <div class="compare-actions" role="group" aria-label="Compare">
      <span class="muted">compare</span>
      <Button
        pressed={kind === "slow"}
        title="What do the slowest have in common? (v)"
        onClick={kind === "slow" ? model.closeCompare : model.compareSlow}
      >
        slow with the rest
      </Button>
      <Button pressed={kind === "time"} title="What changed?" onClick={kind === "time" ? model.closeCompare : model.compareTime}>
        {length === "" ? "this time" : `these ${length}`} with the time before
      </Button>
      {canDrag && <span class="muted compare-hint">Shift and drag on the chart compares a part of it</span>}
    </div>
  );
}
