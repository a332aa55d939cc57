// The chart's points as a table: the same figures for readers who do not use the canvas.
import type { LatencyPoint, Quantile } from "../api/latency";
import { formatClock, formatCount, formatDate, formatDuration, formatPercent, quantileLabel } from "../base/format";
import { type ChartData, seriesName } from "./chart_data";
import { measureLabel, measureText, quantileText } from "./measure";
import { slotRows } from "./slot_rows";

interface LatencyTableProps {
  readonly data: ChartData;
  readonly quantiles: readonly Quantile[];
  readonly height: number;
}

export function LatencyTable({ data, quantiles, height }: LatencyTableProps) {
  const { words } = data;
  const columns = data.measure === "latency" ? quantiles : [];
  const hasThen = data.pointsThen.length > 0;
  const stopped = new Map(data.counts.map(({ slot, stoppedFrom }) => [slot, stoppedFrom] as const));
  return (
    <div class="points-table" role="region" aria-label="Points of the chart" tabIndex={0} style={{ height: `${height}px` }}>
      <table>
        <caption class="visually-hidden">One row for each slot and series, in order of time</caption>
        <thead>
          <tr>
            <th scope="col">slot</th>
            <th scope="col">series</th>
            <th scope="col" class="number">{words.many}</th>
            <th scope="col" class="number">errors</th>
            {columns.map((quantile) => (
              <th key={quantile} scope="col" class="number">{quantileLabel(quantile)}</th>
            ))}
            {columns.length === 0 && <th scope="col" class="number">{measureLabel(data, null)}</th>}
            {hasThen && <th scope="col" class="number">then</th>}
            <th scope="col">exactness</th>
          </tr>
        </thead>
        <tbody>
          {data.slots.map((slot, index) =>
            slot === null
              ? null
              : slotRows(data, index, slot).map(({ series, place, point, now, then }) => (
                  <tr key={`${slot}${place}`}>
                    <td>{formatDate(slot)} {formatClock(slot)}</td>
                    <td class="name">{seriesName(series, words)}</td>
                    <td class="number">{point === undefined ? "–" : formatCount(point.count)}</td>
                    <td class="number">{point === undefined ? "–" : formatCount(point.errors)}</td>
                    {columns.map((quantile) => (
                      <td key={quantile} class="number">{point === undefined ? "–" : quantileText(point, quantile)}</td>
                    ))}
                    {columns.length === 0 && <td class="number">{now === null ? "–" : measureText(data.measure, now)}</td>}
                    {hasThen && <td class="number">{then === null ? "–" : measureText(data.measure, then)}</td>}
                    <td>{point === undefined ? `no ${words.many}` : exactness(point, columns.at(-1) ?? "")}{stopped.get(slot) != null && `; ${words.work.toLowerCase()} stopped finishing`}</td>
                  </tr>
                )),
          )}
        </tbody>
      </table>
    </div>
  );
}

/** "exact", "± 0.4 %", and the 95 % interval of the main quantile where sampling makes one. */
function exactness(point: LatencyPoint, main: Quantile): string {
  const histogram = point.exact ? "exact" : `± ${formatPercent(point.errorBound)}`;
  const interval = point.intervals.get(main);
  if (interval === undefined) return histogram;
  const [low, high] = interval.map((end) => (end === null ? "?" : formatDuration(end)));
  return `${histogram}; 95 % within ${low} – ${high}`;
}
