// What the marks of a chart mean: only those that it has.
import type { ComponentChildren } from "preact";
import { quantileLabel } from "../base/format";
import type { Quantile } from "../api/latency";
import type { ChartData } from "./chart_data";
import { measureLabel } from "./measure";

interface ChartKeyProps {
  readonly data: ChartData;
  /** Ascending. */
  readonly quantiles: readonly Quantile[];
  /** How much earlier the dashed line is, such as "24h"; null where there is none. */
  readonly before: string | null;
}

export function ChartKey({ data, quantiles, before }: ChartKeyProps) {
  const { measure, words, lines, dots, counts, openFrom } = data;
  const thin = measure === "latency" ? quantiles.slice(0, -1) : [];
  const hasDots = dots.length > 0;
  const hasMedians = dots.some((dot) => !dot.minor && dot.exemplar.pick === "median");
  const hasMaximums = measure === "latency" && lines.some((line) => line.main && !line.then && line.maximums.size > 0);
  return (
    <ul class="chart-key" aria-label="Marks of the chart">
      <Mark name={measureLabel(data, quantiles.at(-1) ?? null)} wide>
        <path d="M0 5h20" stroke="currentColor" stroke-width="2" />
      </Mark>
      {thin.length > 0 && (
        <Mark name={thin.map(quantileLabel).join(", ")} wide>
          <path d="M0 5h20" stroke="currentColor" stroke-dasharray="4 3" />
        </Mark>
      )}
      {before !== null && (
        <Mark name={`${before} earlier`} wide>
          <path d="M0 5h20" stroke="currentColor" stroke-width="1.5" stroke-dasharray="8 4" />
        </Mark>
      )}
      {hasMaximums && (
        <Mark name={`the maximum: too few ${words.many} for a quantile`}>
          <circle cx="5" cy="5" r="3.2" fill="none" stroke="currentColor" stroke-width="1.5" />
        </Mark>
      )}
      {hasDots && measure === "latency" && (
        <Mark name={`a real ${words.one}: click for its trace`}>
          <circle cx="5" cy="5" r="4" fill="currentColor" />
        </Mark>
      )}
      {hasMedians && measure === "latency" && (
        <Mark name="a typical one">
          <circle cx="5" cy="5" r="2.6" fill="none" stroke="currentColor" stroke-width="1.5" />
        </Mark>
      )}
      {hasDots && (
        <Mark name={`a ${words.one} with an error`} class="error-text">
          <path d="M5 0l5 9H0z" fill="currentColor" />
        </Mark>
      )}
      {counts.some(({ stoppedFrom }) => stoppedFrom !== null) && (
        <Mark name={`fewer than half as many ${words.many} as before`} class="error-text">
          <path d="M5 9l5-8H0z" fill="currentColor" />
        </Mark>
      )}
      {openFrom !== null && (
        <Mark name="not complete yet">
          <path d="M0 10L10 0M-4 6L6-4M4 14L14 4" stroke="currentColor" />
        </Mark>
      )}
      <li class="muted">drag to zoom, double click to go back</li>
    </ul>
  );
}

interface MarkProps {
  readonly name: string;
  readonly wide?: boolean;
  readonly class?: string;
  readonly children: ComponentChildren;
}

function Mark({ name, wide, class: colour, children }: MarkProps) {
  const width = wide ? 20 : 10;
  return (
    <li>
      <svg viewBox={`0 0 ${width} 10`} width={width} height="10" aria-hidden="true" class={colour}>
        {children}
      </svg>
      {name}
    </li>
  );
}
