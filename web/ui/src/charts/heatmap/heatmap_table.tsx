// The cells of a heatmap as a table: the same counts for readers who do not use the canvas.
import { formatClock, formatCount, formatDate, formatPercent } from "../../base/format";
import type { HeatmapData } from "./heatmap_data";
import { durationRange } from "./heatmap_words";
import { selectionOf } from "./box";

export function HeatmapTable({ data, height }: { readonly data: HeatmapData; readonly height: number }) {
  return (
    <div class="points-table" role="region" aria-label="Cells of the heatmap" tabIndex={0} style={{ height: `${height}px` }}>
      <table>
        <caption class="visually-hidden">One row for each cell with {data.words.many}, in order of time, the fastest first</caption>
        <thead>
          <tr>
            <th scope="col">slot</th>
            <th scope="col">durations</th>
            <th scope="col" class="number">{data.words.many}</th>
            <th scope="col" class="number">of the slot</th>
          </tr>
        </thead>
        <tbody>
          {data.columns.flatMap(({ t, counts, total }, column) =>
            counts.map((count, row) =>
              count === 0 ? null : (
                <tr key={`${column}:${row}`}>
                  <td>
                    {formatDate(t)} {formatClock(t)}
                  </td>
                  <td>{durationRange(selectionOf(data, { columns: [column, column], rows: [row, row] }))}</td>
                  <td class="number">{formatCount(count)}</td>
                  <td class="number">{formatPercent(count / total)}</td>
                </tr>
              ),
            ),
          )}
        </tbody>
      </table>
    </div>
  );
}
