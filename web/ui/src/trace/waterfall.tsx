// The rows of a trace beside their bars: virtual rows, so that a hundred thousand spans scroll as ten do.
import { effect, useSignal } from "@preact/signals";
import type { RefObject } from "preact";
import { useId, useLayoutEffect, useRef } from "preact/hooks";
import { formatQuantity, formatRoundDuration } from "../base/format";
import { palette } from "../base/theme";
import { rulerTicks, shareAt } from "./axis";
import { ROW_PX, drawBars } from "./bars";
import type { TraceModel } from "./trace_model";
import { useWaterfallKeys } from "./waterfall_keys";
import { WaterfallRows } from "./waterfall_rows";

export interface WaterfallProps {
  readonly model: TraceModel;
  /** Enter on a span: the reader wants its details. */
  readonly onEnter: () => void;
}

/** The head with the ruler, and a little air under the last row. */
const HEAD_PX = 36;

/** What the scroller shows; its own signals, so that scrolling redraws bars without touching rows that stay. */
export interface Viewport {
  readonly height: number;
  /** Where the bars start, and the width left for them. */
  readonly barLeft: number;
  readonly barWidth: number;
  /** What the scroll bar takes from the rows but not from the head. */
  readonly gutter: number;
}

export function Waterfall({ model, onEnter }: WaterfallProps) {
  const id = useId();
  const scroller = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const ruler = useRef<HTMLSpanElement>(null);
  const top = useSignal(0);
  const view = useSignal<Viewport>({ height: 400, barLeft: 0, barWidth: 300, gutter: 0 });
  useViewport(scroller, ruler, top, view);
  useLayoutEffect(
    () =>
      effect(() => {
        const { barWidth: width, height } = view.value;
        const paint = { all: model.all.value, tree: model.tree.value, path: model.path, rows: model.rows.value, axis: model.axis.value };
        if (canvas.current !== null) drawBars(canvas.current, { ...paint, scrollTop: top.value, width, height, palette: palette.value });
      }),
    [model],
  );
  useLayoutEffect(() => effect(() => scrollToRow(scroller.current, model.at.value)), [model]);
  useWheel(scroller, model, view);
  const onKeyDown = useWaterfallKeys(model, () => Math.floor(view.peek().height / ROW_PX) - 1, onEnter);
  const { rows, activeNode, onlyPath } = model;
  return (
    <div class="waterfall" style={{ "--content-height": `${rows.value.length * ROW_PX + HEAD_PX}px` }}>
      <Head model={model} view={view.value} ruler={ruler} />
      <div class="waterfall-body">
        <div
          ref={scroller}
          class="waterfall-rows"
          role="treegrid"
          tabIndex={0}
          aria-label={`Spans of the trace${onlyPath.value ? " on its critical path" : ""}, ${formatQuantity(model.all.value.spans.length, "span")}`}
          aria-rowcount={rows.value.length}
          aria-activedescendant={`${id}-${activeNode.value}`}
          onKeyDown={onKeyDown}
        >
          <WaterfallRows id={id} model={model} top={top} height={view.value.height} />
        </div>
        <canvas ref={canvas} class="waterfall-bars" aria-hidden="true" style={{ left: `${view.value.barLeft}px` }} />
      </div>
    </div>
  );
}

function scrollToRow(scroller: HTMLElement | null, at: number): void {
  if (scroller === null || at < 0) return;
  const top = at * ROW_PX;
  const below = top + ROW_PX - scroller.clientHeight;
  if (scroller.scrollTop > top) scroller.scrollTop = top;
  else if (scroller.scrollTop < below) scroller.scrollTop = below;
}

const MARGIN_PX = 10;

interface Settable<Value> {
  value: Value;
}

/** Follows the scroller's position and size. */
function useViewport(
  scroller: RefObject<HTMLDivElement | null>,
  ruler: RefObject<HTMLSpanElement | null>,
  top: Settable<number>,
  view: Settable<Viewport>,
): void {
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const measure = () => {
      const barLeft = ruler.current?.offsetLeft ?? 0;
      const barWidth = Math.max(element.clientWidth - barLeft - MARGIN_PX, 20);
      view.value = { height: element.clientHeight, barLeft, barWidth, gutter: element.offsetWidth - element.clientWidth };
    };
    const follow = () => void (top.value = element.scrollTop);
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    element.addEventListener("scroll", follow, { passive: true });
    measure();
    return () => {
      observer.disconnect();
      element.removeEventListener("scroll", follow);
    };
  }, []);
}

/** A turn of the wheel with the control key zooms at the pointer; with the shift key, or sideways, it moves the time. */
function useWheel(scroller: RefObject<HTMLDivElement | null>, model: TraceModel, view: { peek(): Viewport }): void {
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const onWheel = (event: WheelEvent) => {
      const { barLeft, barWidth } = view.peek();
      const across = event.deltaX !== 0 ? event.deltaX : event.shiftKey ? event.deltaY : 0;
      if (!event.ctrlKey && across === 0) return;
      event.preventDefault();
      const anchor = (event.clientX - element.getBoundingClientRect().left - barLeft) / barWidth;
      if (event.ctrlKey) model.zoom(1.002 ** event.deltaY, Math.min(Math.max(anchor, 0), 1));
      else model.pan(across / barWidth);
    };
    element.addEventListener("wheel", onWheel, { passive: false });
    return () => element.removeEventListener("wheel", onWheel);
  }, [model]);
}

interface HeadProps {
  readonly model: TraceModel;
  readonly view: Viewport;
  readonly ruler: RefObject<HTMLSpanElement | null>;
}

function Head({ model, view, ruler }: HeadProps) {
  const axis = model.axis.value;
  return (
    <div class="waterfall-head" aria-hidden="true" style={{ paddingRight: `${view.gutter}px` }}>
      <span>span</span>
      <span class="number waterfall-offset">offset</span>
      <span class="number">duration</span>
      <span class="number waterfall-self">self</span>
      <span ref={ruler} class="ruler">
        {rulerTicks(axis, view.barWidth).map((tick, place) => (
          <span key={place} style={{ left: `${shareAt(axis, tick) * view.barWidth}px` }}>
            {tick === 0 ? "0" : formatRoundDuration(tick)}
          </span>
        ))}
      </span>
    </div>
  );
}
