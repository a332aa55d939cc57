// Lines over time in SVG: a legend that highlights, the values at the pointer, and a table with the same figures.
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { formatClock, formatDate } from "../../base/format";
import { palette } from "../../base/theme";
import { type Nanos, fromSeconds } from "../../base/time";
import { type Drawing, type Line, drawLines, formatValue } from "../lines";

interface LinesChartProps {
  readonly lines: readonly Line[];
  readonly height: number;
  /** What the values are. */
  readonly unit: string;
  /** Keeps only the spans of one line. */
  readonly onIsolate: (line: number) => void;
}

const LEGEND_PX = 66;
const WIDTH_PX = 640;

export function LinesChart({ lines, height, unit, onIsolate }: LinesChartProps) {
  const host = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(WIDTH_PX);
  const [slot, setSlot] = useState<Nanos | null>(null);
  const [highlighted, setHighlighted] = useState<string | null>(null);
  useLayoutEffect(() => {
    const element = host.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  const chartHeight = Math.max(height - LEGEND_PX, 100);
  const drawing = drawLines(lines, { width, height: chartHeight });
  const onMove = (event: PointerEvent) => {
    const left = host.current?.getBoundingClientRect().left ?? 0;
    setSlot(nearestSlot(drawing, event.clientX - left));
  };
  return (
    <>
      <div ref={host} class="lines-chart" onPointerMove={onMove} onPointerLeave={() => setSlot(null)}>
        <svg width={width} height={chartHeight} role="img" aria-label={`${unit} over time: ${summary(lines)}`}>
          <Axes drawing={drawing} />
          {drawing.paths.map((path, index) => (
            <path
              key={index}
              d={path}
              class={`line ${highlighted === null || highlighted === lines[index]?.name ? "" : "faded"}`}
              stroke={colourOf(index)}
            />
          ))}
          {slot !== null && <SlotLine drawing={drawing} slot={slot} />}
        </svg>
      </div>
      <p class="cell-note" aria-hidden="true">
        {slot === null ? unit : `${formatDate(slot)} ${formatClock(slot)}`}
      </p>
      <ul class="lines-legend" aria-label="Series">
        {lines.map((line, index) => (
          <li
            key={line.name}
            onPointerEnter={() => setHighlighted(line.name)}
            onPointerLeave={() => setHighlighted(null)}
            onFocusIn={() => setHighlighted(line.name)}
            onFocusOut={() => setHighlighted(null)}
          >
            <span class="swatch" style={{ background: colourOf(index) }} />
            <button type="button" class="link-button lines-name" aria-label={`show only ${line.name}`} onClick={() => onIsolate(index)}>
              {line.name}
            </button>{" "}
            <span class="number">{valueAt(line, slot)}</span>
          </li>
        ))}
      </ul>
    </>
  );
}

function colourOf(index: number): string {
  const { series, rest } = palette.value;
  return series[index % series.length] ?? rest;
}

function nearestSlot({ slots }: Drawing, x: number): Nanos | null {
  const nearest = slots.reduce<Drawing["slots"][number] | null>(
    (best, slot) => (best === null || Math.abs(slot.x - x) < Math.abs(best.x - x) ? slot : best),
    null,
  );
  return nearest?.t ?? null;
}

/** The value of a slot, or the last one. */
function valueAt({ points }: Line, slot: Nanos | null): string {
  const point = slot === null ? points.at(-1) : points.find(({ t }) => t === slot);
  return point === undefined ? "–" : formatValue(point.value);
}

function summary(lines: readonly Line[]): string {
  const highest = lines.flatMap(({ name, points }) => points.map(({ value, t }) => ({ name, value, t })));
  const top = highest.reduce<(typeof highest)[number] | null>((best, point) => (best === null || point.value > best.value ? point : best), null);
  return top === null ? "no values" : `highest ${formatValue(top.value)} of ${top.name} at ${formatClock(top.t)}`;
}

function Axes({ drawing: { xTicks, yTicks, plot } }: { readonly drawing: Drawing }) {
  return (
    <g class="axes">
      {yTicks.map(({ at, value }) => (
        <g key={value}>
          <line x1={plot.left} x2={plot.right} y1={at} y2={at} />
          <text x={plot.left - 6} y={at + 4} text-anchor="end">
            {formatValue(value)}
          </text>
        </g>
      ))}
      {xTicks.map(({ at, value }, index) => (
        <text key={index} x={at} y={plot.bottom + 16} text-anchor={index === 0 ? "start" : index === xTicks.length - 1 ? "end" : "middle"}>
          {formatClock(fromSeconds(value))}
        </text>
      ))}
    </g>
  );
}

function SlotLine({ drawing, slot }: { readonly drawing: Drawing; readonly slot: Nanos }) {
  const x = drawing.slots.find(({ t }) => t === slot)?.x ?? 0;
  return <line class="slot-line" x1={x} x2={x} y1={drawing.plot.top} y2={drawing.plot.bottom} />;
}
