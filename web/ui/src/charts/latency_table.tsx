// The chart's points as a table: the same figures for readers who do not use the canvas.
import type { LatencyPoint, Quantile } from "../api/latency";
import { formatClock, formatCount, formatDate, formatDuration, formatPercent, quantileLabel } from "../base/format";
import { type ChartData, seriesName } from "./chart_data";
import { quantileText } from "./tooltip";

interface LatencyTableProps {
  readonly data: ChartData;
  readonly quantiles: readonly Quantile[];
  readonly height: number;
}

export function LatencyTable({ data, quantiles, height }: LatencyTableProps) {
  const rows = data.series
    .flatMap((series) => series.points.map((point) => ({ name: seriesName(series), point })))
    .sort((a, b) => (a.point.t < b.point.t ? -1 : a.point.t > b.point.t ? 1 : 0));
  return (
    <div class="points-table" role="region" aria-label="Points of the chart" tabIndex={0} style={{ height: `${height}px` }}>
      <table>
        <caption class="visually-hidden">One row for each slot and series, in order of time</caption>
        <thead>
          <tr>
            <th scope="col">slot</th>
            <th scope="col">series</th>
            <th scope="col" class="number">spans</th>
            <th scope="col" class="number">errors</th>
            {quantiles.map((quantile) => (
              <th key={quantile} scope="col" class="number">{quantileLabel(quantile)}</th>
            ))}
            <th scope="col">exactness</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ name, point }) => (
            <tr key={`${point.t}${name}`}>
              <td>{formatDate(point.t)} {formatClock(point.t)}</td>
              <td class="name">{name}</td>
              <td class="number">{formatCount(point.count)}</td>
              <td class="number">{formatCount(point.errors)}</td>
              {quantiles.map((quantile) => (
                <td key={quantile} class="number">{quantileText(point, quantile)}</td>
              ))}
              <td>{exactness(point, quantiles.at(-1) ?? "")}</td>
            </tr>
          ))}
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
