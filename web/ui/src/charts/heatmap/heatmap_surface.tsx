// What takes the pointer and the keys of a heatmap: a drag or Shift with arrows draws a box, Enter compares it.
import type { ComponentChildren } from "preact";
import { useRef, useState } from "preact/hooks";
import type { PlotArea } from "../plot_area";
import { type Box, type Selection, boxBetween, boxOf, moveCell, slowestCell } from "./box";
import type { Cell, HeatmapData } from "./heatmap_data";
import { boxSentence, cellSentence } from "./heatmap_words";

/** CSS pixels from the plot area's top left corner. */
export interface SurfacePoint {
  readonly left: number;
  readonly top: number;
}

interface HeatmapSurfaceProps {
  readonly data: HeatmapData;
  readonly area: PlotArea;
  readonly selection: Selection | null;
  readonly cellAt: (point: SurfacePoint) => Cell;
  readonly onPoint: (point: SurfacePoint | null) => void;
  readonly onClick: (point: SurfacePoint, cell: Cell) => void;
  /** The box while it is drawn; null when that ends. */
  readonly onDraw: (box: Box | null) => void;
  readonly onSelect: (box: Box | null) => void;
  readonly onCompare: (box: Box) => void;
  /** The mark of the cell that keys have reached. */
  readonly renderCell: (cell: Cell) => ComponentChildren;
}

/** A drag shorter than this is a click. */
const DRAG_MIN_PX = 5;
const LABEL = "Cells. Arrow keys move, Shift with them draws a box, Enter compares it with the rest, Escape clears it.";

export function HeatmapSurface(props: HeatmapSurfaceProps) {
  const { data, area } = props;
  const keys = useKeys(props);
  const pointer = usePointer(props);
  return (
    <>
      <div
        class="heatmap-surface"
        role="application"
        aria-roledescription="heatmap"
        aria-label={LABEL}
        tabIndex={0}
        style={{ left: `${area.left}px`, top: `${area.top}px`, width: `${area.width}px`, height: `${area.height}px` }}
        onKeyDown={keys.onKeyDown}
        onFocus={keys.onFocus}
        onBlur={keys.onBlur}
        {...pointer}
      />
      {keys.cell !== null && props.renderCell(keys.cell)}
      <p class="visually-hidden" role="status">
        {keys.cell === null ? "" : keys.box === null ? cellSentence(data, keys.cell) : boxSentence(data, keys.box)}
      </p>
    </>
  );
}

function useKeys({ data, selection, onSelect, onCompare }: HeatmapSurfaceProps) {
  const [cell, setCell] = useState<Cell | null>(null);
  const last = useRef<Cell | null>(null);
  const anchor = useRef<Cell | null>(null);
  const box = selection === null ? null : boxOf(data, selection);
  const here = () => within(data, cell ?? last.current ?? slowestCell(data));
  const goTo = (next: Cell) => {
    last.current = next;
    setCell(next);
  };
  return {
    cell: cell === null ? null : within(data, cell),
    box,
    onFocus: (event: FocusEvent) => {
      // The pointer shows its own cell.
      if (event.target instanceof HTMLElement && event.target.matches(":focus-visible")) goTo(here());
    },
    onBlur: () => setCell(null),
    onKeyDown(event: KeyboardEvent) {
      const from = here();
      const next = moveCell(data, from, event.key);
      if (next !== null) {
        anchor.current = event.shiftKey ? (anchor.current ?? from) : null;
        goTo(next);
        if (anchor.current !== null) onSelect(boxBetween(anchor.current, next));
        else if (selection !== null) onSelect(null);
      } else if (event.key === "Enter") {
        const wanted = box ?? boxBetween(from, from);
        onSelect(wanted);
        onCompare(wanted);
      } else if (event.key === "Escape" && selection !== null) {
        anchor.current = null;
        onSelect(null);
        event.stopPropagation();
      } else return;
      event.preventDefault();
    },
  };
}

/** The same cell, or the nearest one where a later answer has fewer. */
function within({ columns, rows }: HeatmapData, { column, row }: Cell): Cell {
  return { column: Math.min(column, columns.length - 1), row: Math.min(row, rows.length - 1) };
}

function usePointer({ cellAt, onPoint, onClick, onDraw, onSelect }: HeatmapSurfaceProps) {
  const pressed = useRef<SurfacePoint | null>(null);
  const isDrag = useRef(false);
  const boxTo = (point: SurfacePoint) => boxBetween(cellAt(pressed.current ?? point), cellAt(point));
  const end = () => {
    pressed.current = null;
    isDrag.current = false;
    onDraw(null);
  };
  return {
    onPointerDown(event: PointerEvent & { readonly currentTarget: HTMLElement }) {
      if (event.button !== 0) return;
      event.currentTarget.setPointerCapture(event.pointerId);
      pressed.current = pointOf(event);
    },
    onPointerMove(event: PointerEvent & { readonly currentTarget: HTMLElement }) {
      const point = pointOf(event);
      onPoint(point);
      const start = pressed.current;
      if (start === null) return;
      isDrag.current ||= Math.hypot(point.left - start.left, point.top - start.top) >= DRAG_MIN_PX;
      if (isDrag.current) onDraw(boxTo(point));
    },
    onPointerUp(event: PointerEvent & { readonly currentTarget: HTMLElement }) {
      if (pressed.current === null) return;
      const point = pointOf(event);
      if (isDrag.current) onSelect(boxTo(point));
      else onClick(point, cellAt(point));
      end();
    },
    onPointerCancel: end,
    onPointerLeave: () => onPoint(null),
  };
}

function pointOf(event: PointerEvent & { readonly currentTarget: HTMLElement }): SurfacePoint {
  const corner = event.currentTarget.getBoundingClientRect();
  return { left: event.clientX - corner.left, top: event.clientY - corner.top };
}
