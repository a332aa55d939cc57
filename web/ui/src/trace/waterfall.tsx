// The spans of a trace as a tree beside their bars: virtual rows, so that ten thousand spans scroll as ten do.
import type { RefObject } from "preact";
import { useId, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Trace } from "../api/trace";
import { formatQuantity, formatRoundDuration } from "../base/format";
import { palette } from "../base/theme";
import { ROW_PX, drawBars, rulerTicks } from "./bars";
import { type CriticalPath, onPathOnly, pathNote } from "./critical_path";
import { buildTree, reveal, treeMove, visibleRows } from "./tree";
import { WaterfallRow } from "./waterfall_row";

export interface WaterfallProps {
  readonly trace: Trace;
  readonly path: CriticalPath;
  /** Shows only the spans on the critical path and their ancestors. */
  readonly pathOnly: boolean;
  /** Span id of the selected span. */
  readonly selected: string | null;
  readonly onSelect: (spanId: string) => void;
  /** Enter on a row: the reader wants its details. */
  readonly onEnter: () => void;
}

/** Rows rendered beyond the visible part, so that scrolling shows no holes. */
const OVERSCAN_ROWS = 8;
/** The head with the ruler, and a little air under the last row. */
const HEAD_PX = 36;

export function Waterfall({ trace: whole, path, pathOnly, selected, onSelect, onEnter }: WaterfallProps) {
  const trace = useMemo(() => (pathOnly ? onPathOnly(whole, path) : whole), [whole, path, pathOnly]);
  const id = useId();
  const scroller = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const ruler = useRef<HTMLSpanElement>(null);
  const [folded, setFolded] = useState<ReadonlySet<number>>(new Set());
  const tree = useMemo(() => buildTree(trace.spans), [trace]);
  const rows = useMemo(() => visibleRows(trace, tree, folded), [trace, tree, folded]);
  const selectedSpan = trace.spans.findIndex((span) => span.spanId === selected);
  const at = rows.findIndex((row) => row.span === selectedSpan);
  const view = useViewport(scroller, ruler);

  useLayoutEffect(() => setFolded(new Set()), [trace]);
  useLayoutEffect(() => {
    if (selectedSpan >= 0) setFolded((before) => reveal(tree, before, selectedSpan));
  }, [tree, selectedSpan]);
  useLayoutEffect(() => scrollToRow(scroller.current, at), [trace, at]);
  useLayoutEffect(() => {
    const element = canvas.current;
    if (element !== null) drawBars(element, { trace, path, rows, scrollTop: view.top, width: view.barWidth, height: view.height, palette: palette.value });
  }, [trace, path, rows, view, palette.value]);

  const toggle = (span: number) => setFolded((before) => toggled(before, span));
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter") return onEnter();
    const move = treeMove(rows, tree, at, event.key, Math.floor(view.height / ROW_PX) - 1);
    if (move === null) return;
    event.preventDefault();
    if ("select" in move) onSelect(trace.spans[rows[move.select]?.span ?? 0]?.spanId ?? "");
    else toggle("fold" in move ? move.fold : move.unfold);
  };

  const first = Math.max(Math.floor(view.top / ROW_PX) - OVERSCAN_ROWS, 0);
  const last = Math.min(Math.ceil((view.top + view.height) / ROW_PX) + OVERSCAN_ROWS, rows.length);
  const activeShown = at >= first && at < last;
  return (
    <div class="waterfall" style={{ "--content-height": `${rows.length * ROW_PX + HEAD_PX}px` }}>
      <Head trace={trace} view={view} ruler={ruler} />
      <div class="waterfall-body">
        <div
          ref={scroller}
          class="waterfall-rows"
          role="treegrid"
          tabIndex={0}
          aria-label={`Spans of the trace${pathOnly ? " on its critical path" : ""}, ${formatQuantity(trace.spans.length, "span")}`}
          aria-rowcount={rows.length}
          aria-activedescendant={activeShown ? `${id}-${rows[at]?.span}` : undefined}
          onKeyDown={onKeyDown}
        >
          <div class="waterfall-space" role="rowgroup" style={{ height: `${rows.length * ROW_PX}px` }}>
            {rows.slice(first, last).map((row, index) => (
              <WaterfallRow
                key={row.span}
                id={`${id}-${row.span}`}
                span={trace.spans[row.span]!}
                pathNote={pathNote(path, trace.spans[row.span]!)}
                row={row}
                index={first + index}
                selected={row.span === selectedSpan}
                onSelect={onSelect}
                onToggle={toggle}
              />
            ))}
          </div>
        </div>
        <canvas ref={canvas} class="waterfall-bars" aria-hidden="true" style={{ left: `${view.barLeft}px` }} />
      </div>
    </div>
  );
}

function toggled(folded: ReadonlySet<number>, span: number): ReadonlySet<number> {
  const next = new Set(folded);
  if (!next.delete(span)) next.add(span);
  return next;
}

function scrollToRow(scroller: HTMLElement | null, at: number): void {
  if (scroller === null || at < 0) return;
  const top = at * ROW_PX;
  const below = top + ROW_PX - scroller.clientHeight;
  if (scroller.scrollTop > top) scroller.scrollTop = top;
  else if (scroller.scrollTop < below) scroller.scrollTop = below;
}

interface Viewport {
  readonly top: number;
  readonly height: number;
  /** Where the bars start, and the width left for them. */
  readonly barLeft: number;
  readonly barWidth: number;
  /** What the scroll bar takes from the rows but not from the head. */
  readonly gutter: number;
}

const MARGIN_PX = 10;

/** Follows the scroller's position and size. */
function useViewport(scroller: RefObject<HTMLDivElement | null>, ruler: RefObject<HTMLSpanElement | null>): Viewport {
  const [view, setView] = useState<Viewport>({ top: 0, height: 400, barLeft: 0, barWidth: 300, gutter: 0 });
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const measure = () => {
      const barLeft = ruler.current?.offsetLeft ?? 0;
      const barWidth = Math.max(element.clientWidth - barLeft - MARGIN_PX, 20);
      setView({ top: element.scrollTop, height: element.clientHeight, barLeft, barWidth, gutter: element.offsetWidth - element.clientWidth });
    };
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    element.addEventListener("scroll", measure, { passive: true });
    measure();
    return () => {
      observer.disconnect();
      element.removeEventListener("scroll", measure);
    };
  }, []);
  return view;
}

interface HeadProps {
  readonly trace: Trace;
  readonly view: Viewport;
  readonly ruler: RefObject<HTMLSpanElement | null>;
}

function Head({ trace, view, ruler }: HeadProps) {
  return (
    <div class="waterfall-head" aria-hidden="true" style={{ paddingRight: `${view.gutter}px` }}>
      <span>span</span>
      <span class="number">offset</span>
      <span class="number">duration</span>
      <span ref={ruler} class="ruler">
        {rulerTicks(trace.durationNs, view.barWidth).map((tick) => (
          <span key={tick} style={{ left: `${(tick / Math.max(trace.durationNs, 1)) * view.barWidth}px` }}>
            {tick === 0 ? "0" : formatRoundDuration(tick)}
          </span>
        ))}
      </span>
    </div>
  );
}
