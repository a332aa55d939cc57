// The card beside the pointer: one cell, or one exemplar.
import { formatClock, formatDuration, formatInstant, formatQuantity } from "../../base/format";
import type { PlacedDot } from "../dot_layout";
import type { Cell, HeatmapData } from "./heatmap_data";
import { cellWords } from "./heatmap_words";

export function CellCard({ data, cell }: { readonly data: HeatmapData; readonly cell: Cell }) {
  const { time, durations, count, share } = cellWords(data, cell);
  return (
    <div class="card">
      <p class="card-head">
        <strong>{count}</strong> of {durations}
      </p>
      <p class="card-note">{time}</p>
      {share !== null && <p class="card-note">{share}</p>}
    </div>
  );
}

export function HeatmapDotCard({ place: { dot, hidden } }: { readonly place: PlacedDot }) {
  const { durationNs, t, error } = dot.exemplar;
  return (
    <div class="card">
      <p class="card-head">
        <strong>{formatDuration(durationNs)}</strong>
        {error && <span class="error-text"> error</span>}
      </p>
      <p class="card-note">ended {formatInstant(t)}</p>
      {hidden.length > 0 && <p class="card-note">{formatQuantity(hidden.length, "more exemplar")} around it: zoom in to see</p>}
      <p class="card-note">click to open its trace</p>
    </div>
  );
}

/** "812 ms, 13:31:07, error" */
export function heatmapDotLabel({ dot: { exemplar } }: PlacedDot): string {
  return `${formatDuration(exemplar.durationNs)}, ${formatClock(exemplar.t)}${exemplar.error ? ", error" : ""}`;
}
