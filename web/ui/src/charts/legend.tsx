// The list of series: name, spans, errors, highest value; pointing highlights, a click isolates.
import type { LatencySeries, Quantile } from "../api/latency";
import { formatCount, formatDuration, quantileLabel } from "../base/format";
import { highest, seriesName } from "./chart_data";
import { Swatch } from "./tooltip";

interface LegendProps {
  readonly series: readonly LatencySeries[];
  readonly mainQuantile: Quantile;
  readonly colourOf: (series: number) => string;
  readonly highlighted: number | null;
  readonly onHighlight: (series: number | null) => void;
  readonly onIsolate: (series: LatencySeries) => void;
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
            <th scope="col" class="number" title={`The highest ${label} that any slot of this range reached`}>
              {label}, highest slot
            </th>
          </tr>
        </thead>
        <tbody>
          {props.series.map((series, index) => (
            <LegendRow key={index} {...props} item={series} index={index} />
          ))}
        </tbody>
      </table>
    </div>
  );
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
          <button type="button" title={`Show only ${name}`} onClick={() => props.onIsolate(item)}>
            {name}
          </button>
        ) : (
          <span>{name}</span>
        )}
      </th>
      <td class="number">{formatCount(item.count)}</td>
      <td class={`number ${errors > 0 ? "error-text" : ""}`}>{formatCount(errors)}</td>
      <td class="number">{high === null ? "–" : formatDuration(high)}</td>
    </tr>
  );
}
