// The whole trace in a strip, with the part that the bars show: drag upon it to choose another part, or move its ends by key.
import { effect, useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import { formatDuration } from "../base/format";
import { palette } from "../base/theme";
import { type Axis, shareAt } from "./axis";
import { drawMinimap } from "./draw_minimap";
import type { TraceModel } from "./trace_model";

const HEIGHT_PX = 32;
/** A drag shorter than this is a click, which moves the view to its place. */
const DRAG_MIN_PX = 4;

export function Minimap({ model }: { readonly model: TraceModel }) {
  const box = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const width = useSignal(0);
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => (width.value = element.clientWidth));
    observer.observe(element);
    width.value = element.clientWidth;
    return () => observer.disconnect();
  }, []);
  useLayoutEffect(
    () =>
      effect(() => {
        const all = model.all.value;
        if (canvas.current !== null && width.value > 0) drawMinimap(canvas.current, all, model.whole.value, width.value, HEIGHT_PX, palette.value);
      }),
    [model],
  );
  const [whole, axis] = [model.whole.value, model.axis.value];
  const [left, right] = [shareAt(whole, axis.fromNs) * 100, shareAt(whole, axis.toNs) * 100];
  return (
    <div ref={box} class="minimap" onPointerDown={(event) => startDrag(event, box.current, model)}>
      <canvas ref={canvas} aria-hidden="true" />
      <span class="minimap-shade" style={{ left: 0, width: `${left}%` }} />
      <span class="minimap-shade" style={{ left: `${right}%`, right: 0 }} />
      <Handle label="Start of the time shown" at={left} value={axis.fromNs} min={whole.fromNs} max={axis.toNs} onMove={(by) => moveEnd(model, "fromNs", by)} />
      <Handle label="End of the time shown" at={right} value={axis.toNs} min={axis.fromNs} max={whole.toNs} onMove={(by) => moveEnd(model, "toNs", by)} />
    </div>
  );
}

interface HandleProps {
  readonly label: string;
  /** In percent of the strip. */
  readonly at: number;
  readonly value: number;
  readonly min: number;
  readonly max: number;
  /** By a share of the whole. */
  readonly onMove: (by: number) => void;
}

const STEPS: Readonly<Record<string, number>> = { ArrowLeft: -0.01, ArrowRight: 0.01, ArrowDown: -0.01, ArrowUp: 0.01, PageDown: -0.1, PageUp: 0.1, Home: -1, End: 1 };

function Handle({ label, at, value, min, max, onMove }: HandleProps) {
  return (
    <span
      class="minimap-handle"
      role="slider"
      tabIndex={0}
      aria-label={label}
      aria-orientation="horizontal"
      aria-valuemin={Math.round(min)}
      aria-valuemax={Math.round(max)}
      aria-valuenow={Math.round(value)}
      aria-valuetext={formatDuration(value)}
      style={{ left: `${at}%` }}
      onKeyDown={(event) => {
        const by = STEPS[event.key];
        if (by === undefined) return;
        event.preventDefault();
        onMove(by);
      }}
    />
  );
}

/** Moves one end; it never passes the other. */
function moveEnd(model: TraceModel, end: keyof Axis, by: number): void {
  const [whole, axis] = [model.whole.peek(), model.axis.peek()];
  const length = whole.toNs - whole.fromNs;
  const least = length / 1000;
  const wanted = axis[end] + by * length;
  const ns = end === "fromNs" ? Math.max(Math.min(wanted, axis.toNs - least), whole.fromNs) : Math.min(Math.max(wanted, axis.fromNs + least), whole.toNs);
  model.setAxis({ ...axis, [end]: ns });
}

/** A drag from an end moves it, a drag elsewhere chooses a part; a click moves the view there. */
function startDrag(event: PointerEvent, box: HTMLElement | null, model: TraceModel): void {
  if (box === null || event.button !== 0) return;
  const { left, width } = box.getBoundingClientRect();
  const whole = model.whole.peek();
  const timeAt = (x: number) => whole.fromNs + Math.min(Math.max((x - left) / width, 0), 1) * (whole.toNs - whole.fromNs);
  const axis = model.axis.peek();
  const handle = (event.target as HTMLElement).closest('[role="slider"]');
  const other = handle === null ? null : handle.matches(":last-child") ? axis.fromNs : axis.toNs;
  const from = other ?? timeAt(event.clientX);
  const isDrag = (x: number) => other !== null || Math.abs(x - event.clientX) >= DRAG_MIN_PX;
  const onMove = (move: PointerEvent) => {
    const to = timeAt(move.clientX);
    if (isDrag(move.clientX)) model.setAxis({ fromNs: Math.min(from, to), toNs: Math.max(from, to) });
  };
  const onUp = (up: PointerEvent) => {
    box.removeEventListener("pointermove", onMove);
    box.removeEventListener("pointerup", onUp);
    const half = (axis.toNs - axis.fromNs) / 2;
    if (!isDrag(up.clientX)) model.setAxis({ fromNs: timeAt(up.clientX) - half, toNs: timeAt(up.clientX) + half });
  };
  box.setPointerCapture(event.pointerId);
  box.addEventListener("pointermove", onMove);
  box.addEventListener("pointerup", onUp);
}
