// The list of series, slowest first: name, spans, errors, highest value; pointing highlights, a click isolates.
import type { LatencySeries, Quantile } from "../api/latency";
import { formatCount, formatDuration, quantileLabel } from "../base/format";
import { IconButton } from "../widgets/button";
import { CompareIcon } from "../widgets/icons";
import { highest, seriesName } from "./chart_data";
import { SeriesLabel } from "./series_label";
import { Swatch } from "./tooltip";

interface LegendProps {
  readonly series: readonly LatencySeries[];
  readonly mainQuantile: Quantile;
  readonly colourOf: (series: number) => string;
  readonly highlighted: number | null;
  readonly onHighlight: (series: number | null) => void;
  readonly onIsolate: (series: LatencySeries) => void;
  /** Compares the slowest of a series with the rest of it. */
  readonly onCompare: (series: LatencySeries) => void;
}

export function Legend(props: LegendProps) {
  const label = quantileLabel(props.mainQuantile);
  return (
    <div class="legend" onMouseLeave={() => props.onHighlight(null)}>
      <table>
        <caption class="visually-hidden">Series of the chart; the first column isolates a series</caption>
        <thead>
          <tr>
            <th scope="col">series</th>
            <th scope="col" class="number">spans</th>
            <th scope="col" class="number">errors</th>
            <th scope="col" class="number highest" title={`The highest ${label} that any slot of this range reached`}>
              {label}, highest slot
            </th>
            <th scope="col" class="legend-actions">
              <span class="visually-hidden">compare</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {slowestFirst(props.series, props.mainQuantile).map((index) => (
            <LegendRow key={index} {...props} item={props.series[index]!} index={index} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function slowestFirst(series: readonly LatencySeries[], quantile: Quantile): readonly number[] {
  const high = series.map((item) => highest(item, quantile) ?? 0);
  return [...series.keys()].sort((a, b) => (high[b] ?? 0) - (high[a] ?? 0));
}

function LegendRow({ item, index, ...props }: LegendProps & { item: LatencySeries; index: number }) {
  const errors = item.points.reduce((total, point) => total + point.errors, 0);
  const high = highest(item, props.mainQuantile);
  const name = seriesName(item);
  const isolable = !item.other && item.labels.length > 0;
  return (
    <tr
      class={props.highlighted === index ? "highlighted" : ""}
      onMouseEnter={() => props.onHighlight(index)}
      onFocusIn={() => props.onHighlight(index)}
      onFocusOut={() => props.onHighlight(null)}
    >
      <th scope="row">
        <Swatch colour={props.colourOf(index)} />
        {isolable ? (
          <button type="button" aria-label={`show only ${name}`} onClick={() => props.onIsolate(item)}>
            <SeriesLabel name={name} />
          </button>
        ) : (
          <SeriesLabel name={name} />
        )}
        {item.other && <span class="muted legend-note">groups with fewer spans, together</span>}
      </th>
      <td class="number">{formatCount(item.count)}</td>
      <td class={`number ${errors > 0 ? "error-text" : ""}`}>{formatCount(errors)}</td>
      <td class="number">{high === null ? "–" : formatDuration(high)}</td>
      <td class="legend-actions">
        {isolable && (
          <IconButton label={`compare the slowest of ${name} with the rest`} onClick={() => props.onCompare(item)}>
            <CompareIcon />
          </IconButton>
        )}
      </td>
    </tr>
  );
}
