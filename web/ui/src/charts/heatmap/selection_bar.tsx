// Under the cells: what the box holds and what can be done with it; without a box, how to draw one, and what the colours say.
import { formatCount } from "../../base/format";
import { DARK } from "../../base/palette";
import { palette } from "../../base/theme";
import { toSeconds } from "../../base/time";
import { Button } from "../../widgets/button";
import { type Box, type Selection, countBox, selectionOf } from "./box";
import { cellColour } from "./heatmap_colours";
import type { HeatmapData } from "./heatmap_data";
import { boxSentence } from "./heatmap_words";

interface SelectionBarProps {
  readonly data: HeatmapData;
  readonly box: Box | null;
  readonly height: number;
  readonly onSelect: (selection: null) => void;
  readonly onCompare: (selection: Selection) => void;
  readonly onZoom: (fromSeconds: number, toSeconds: number) => void;
}

export function SelectionBar({ data, box, height, onSelect, onCompare, onZoom }: SelectionBarProps) {
  if (box === null)
    return (
      <div class="selection-bar" style={{ minHeight: `${height}px` }}>
        <ColourKey data={data} />
        <span class="muted">drag over cells to compare them with the rest</span>
      </div>
    );
  const selection = selectionOf(data, box);
  const isEmpty = countBox(data, box).count === 0;
  return (
    <div class="selection-bar" role="group" aria-label="Selected cells" style={{ minHeight: `${height}px` }}>
      <span>{boxSentence(data, box)}</span>
      <Button class="primary" disabled={isEmpty} onClick={() => onCompare(selection)}>
        Compare with the rest
      </Button>
      <Button onClick={() => onZoom(toSeconds(selection.from), toSeconds(selection.to))}>Zoom to this time</Button>
      <Button class="quiet" onClick={() => onSelect(null)}>
        Clear
      </Button>
    </div>
  );
}

const STEPS = [0, 0.25, 0.5, 0.75, 1];

function ColourKey({ data: { most, words } }: { readonly data: HeatmapData }) {
  const isDark = palette.value === DARK;
  const gradient = `linear-gradient(to right, ${STEPS.map((step) => cellColour(step, isDark)).join(", ")})`;
  return (
    <span class="colour-key">
      1 <span class="colour-ramp" style={{ background: gradient }} /> {formatCount(most)} {words.many} a cell
    </span>
  );
}
