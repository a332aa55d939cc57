// The list of series, highest first: name, count, errors, highest value, part above a threshold; pointing highlights, a click isolates.
import type { LatencySeries, Quantile } from "../api/latency";
import { formatCount } from "../base/format";
import { IconButton } from "../widgets/button";
import { CompareIcon } from "../widgets/icons";
import { type ChartData, highest, seriesName } from "./chart_data";
import { aboveShare } from "./chart_words";
import { measureLabel, measureText } from "./measure";
import { SeriesLabel } from "./series_label";
import { Swatch } from "./tooltip";

interface LegendProps {
  readonly data: ChartData;
  readonly mainQuantile: Quantile;
  readonly colourOf: (series: number) => string;
  readonly highlighted: number | null;
  readonly onHighlight: (series: number | null) => void;
  readonly onIsolate: (series: LatencySeries) => void;
  /** Compares the slowest of a series with the rest of it. */
  readonly onCompare: (series: LatencySeries) => void;
}

export function Legend(props: LegendProps) {
  const { series, words, thresholds } = props.data;
  const label = measureLabel(props.data, props.mainQuantile);
  return (
    <div class="legend" onMouseLeave={() => props.onHighlight(null)}>
      <table>
        <caption class="visually-hidden">Series of the chart; the first column isolates a series</caption>
        <thead>
          <tr>
            <th scope="col">series</th>
            <th scope="col" class="number">{words.many}</th>
            <th scope="col" class="number">errors</th>
            <th scope="col" class="number highest" title={`The highest ${label} that any slot of this range reached`}>
              {label}, highest slot
            </th>
            {thresholds.map((threshold) => (
              <th key={threshold.ns} scope="col" class="number above" title={`The part of all ${words.many} of this range that took longer than ${threshold.label}`}>
                above {threshold.label}
              </th>
            ))}
            <th scope="col" class="legend-actions">
              <span class="visually-hidden">compare</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {highestFirst(props.data).map((index) => (
            <LegendRow key={index} {...props} item={series[index]!} index={index} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function highestFirst(data: ChartData): readonly number[] {
  const high = data.series.map((_, index) => highest(data, index) ?? 0);
  return [...high.keys()].sort((a, b) => (high[b] ?? 0) - (high[a] ?? 0));
}

function LegendRow({ item, index, ...props }: LegendProps & { item: LatencySeries; index: number }) {
  const errors = item.points.reduce((total, point) => total + point.errors, 0);
  const { measure, words, thresholds } = props.data;
  const high = highest(props.data, index);
  const name = seriesName(item, words);
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
        {item.other && <span class="muted legend-note">groups with fewer {words.many}, together</span>}
      </th>
      <td class="number">{formatCount(item.count)}</td>
      <td class={`number ${errors > 0 ? "error-text" : ""}`}>{formatCount(errors)}</td>
      <td class="number">{high === null ? "–" : measureText(measure, high)}</td>
      {thresholds.map(({ ns }) => {
        const above = item.above.find(({ thresholdNs }) => thresholdNs === ns);
        return (
          <td key={ns} class="number">
            {above === undefined ? "–" : aboveShare(above)}
          </td>
        );
      })}
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
