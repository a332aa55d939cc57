// The card beside the pointer: one exemplar, or the values of one slot.
import { formatCount, formatDuration, formatInstant, formatQuantity, formatRange, quantileLabel } from "../base/format";
import type { LatencyPoint, Quantile } from "../api/latency";
import { type ChartData, type Dot, seriesName } from "./chart_data";
import type { PlacedDot } from "./dot_layout";
import { SeriesLabel } from "./series_label";

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
        {series === undefined ? "" : seriesName(series)}
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
  const main = quantiles.at(-1) ?? "";
  const rows = data.series
    .map((series, place) => ({ series, place, point: data.points[place]?.get(slot) }))
    .filter((row): row is typeof row & { point: LatencyPoint } => row.point !== undefined)
    .sort((a, b) => (b.point.quantiles.get(main) ?? 0) - (a.point.quantiles.get(main) ?? 0));
  return (
    <div class="card">
      <p class="card-note">{formatRange(slot, slot + BigInt(Math.round(data.stepNs)))}</p>
      <table>
        <thead>
          <tr>
            <th />
            {quantiles.map((quantile) => (
              <th key={quantile}>{quantileLabel(quantile)}</th>
            ))}
            <th>spans</th>
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, ROWS_MAX).map(({ series, place, point }) => (
            <tr key={place}>
              <td class="card-name">
                <span class="card-series">
                  <Swatch colour={colourOf(place)} />
                  <SeriesLabel name={seriesName(series)} />
                </span>
              </td>
              {quantiles.map((quantile) => (
                <td key={quantile}>{quantileText(point, quantile)}</td>
              ))}
              <td>{formatCount(point.count)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** A quantile of one slot; a maximum that stands for it says so. */
export function quantileText(point: LatencyPoint, quantile: Quantile): string {
  const value = point.quantiles.get(quantile);
  if (value === undefined) return "–";
  return point.maximums.has(quantile) ? `${formatDuration(value)} (max)` : formatDuration(value);
}

export function Swatch({ colour }: { colour: string }) {
  return <span class="swatch" style={{ backgroundColor: colour }} />;
}
