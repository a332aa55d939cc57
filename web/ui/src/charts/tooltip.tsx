// The card beside the pointer: one exemplar, or the values of one slot.
import { formatClock, formatCount, formatDuration, formatInstant, formatQuantity, formatRange, quantileLabel } from "../base/format";
import type { Quantile } from "../api/latency";
import { type ChartData, type Dot, seriesName } from "./chart_data";
import type { PlacedDot } from "./dot_layout";
import { measureLabel, measureText, quantileText } from "./measure";
import { SeriesLabel } from "./series_label";
import { slotRows } from "./slot_rows";

/** What an exemplar stands for: "p99", "maximum", "error", "median". */
export function pickName(dot: Dot): string {
  const { pick, quantile } = dot.exemplar;
  if (pick === "quantile") return quantile === null ? "quantile" : quantileLabel(quantile);
  return pick === "max" ? "maximum" : pick === "nearest" ? "nearest" : pick;
}

export function DotCard({ place, data, colourOf }: { place: PlacedDot; data: ChartData; colourOf: (series: number) => string }) {
  const { dot, hidden } = place;
  const series = data.series[dot.series];
  return (
    <div class="card">
      <p class="card-head">
        <strong>{formatDuration(dot.exemplar.durationNs)}</strong> {pickName(dot)}
        {dot.exemplar.error && <span class="error-text"> error</span>}
      </p>
      <p class="card-name">
        <Swatch colour={colourOf(dot.series)} />
        {series === undefined ? "" : seriesName(series, data.words)}
      </p>
      <p class="card-note">ended {formatInstant(dot.exemplar.t)}</p>
      {hidden.length > 0 && <p class="card-note">{formatQuantity(hidden.length, "more exemplar")} around it: zoom in to see</p>}
      <p class="card-note">click to open its trace</p>
    </div>
  );
}

interface SlotCardProps {
  readonly data: ChartData;
  readonly index: number;
  readonly quantiles: readonly Quantile[];
  readonly colourOf: (series: number) => string;
}

const ROWS_MAX = 9;

export function SlotCard({ data, index, quantiles, colourOf }: SlotCardProps) {
  const slot = data.slots[index];
  if (slot == null) return null;
  const rows = slotRows(data, index, slot);
  const columns = data.measure === "latency" ? quantiles : [];
  const hasThen = data.pointsThen.length > 0;
  return (
    <div class="card">
      <p class="card-note">
        {formatRange(slot, slot + BigInt(Math.round(data.stepNs)))}
        {data.openFrom !== null && (data.x[index] ?? 0) > data.openFrom && ", not complete yet"}
      </p>
      <table>
        <thead>
          <tr>
            <th />
            {columns.map((quantile) => (
              <th key={quantile}>{quantileLabel(quantile)}</th>
            ))}
            {columns.length === 0 && <th>{measureLabel(data, null)}</th>}
            {hasThen && <th>then</th>}
            <th>{data.words.many}</th>
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, ROWS_MAX).map(({ series, place, point, now, then }) => (
            <tr key={place}>
              <td class="card-name">
                <span class="card-series">
                  <Swatch colour={colourOf(place)} />
                  <SeriesLabel name={seriesName(series, data.words)} />
                </span>
              </td>
              {columns.map((quantile) => (
                <td key={quantile}>{point === undefined ? "–" : quantileText(point, quantile)}</td>
              ))}
              {columns.length === 0 && <td>{now === null ? "–" : measureText(data.measure, now)}</td>}
              {hasThen && <td>{then === null ? "–" : measureText(data.measure, then)}</td>}
              <td>{point === undefined ? "–" : formatCount(point.count)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export function Swatch({ colour }: { colour: string }) {
  return <span class="swatch" style={{ backgroundColor: colour }} />;
}

/** "812 ms, GET pods, 13:31:07, p99, error" */
export function dotLabel({ dot }: PlacedDot, data: ChartData): string {
  const series = data.series[dot.series];
  const parts = [
    formatDuration(dot.exemplar.durationNs),
    series === undefined ? "" : seriesName(series, data.words),
    formatClock(dot.exemplar.t),
    pickName(dot),
    dot.exemplar.error && dot.exemplar.pick !== "error" ? "error" : "",
  ];
  return parts.filter((part) => part !== "").join(", ");
}
