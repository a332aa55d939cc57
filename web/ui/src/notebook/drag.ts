// Drags a cell to another place: nothing moves until it is dropped, a line shows where it would go, Escape leaves all as it was.
import { type ReadonlySignal, signal } from "@preact/signals";
import { type Box, markAt, placeAt, scrollStep } from "./drop_place";

export interface Dragged {
  readonly id: string;
  /** Before which cell it would go. */
  readonly place: number;
  /** The line there, from the corner of the cells' box. */
  readonly mark: Box | null;
}

/** A pull shorter than this is a click. */
const PULL_MIN_PX = 5;

export interface Drag {
  /** Null while none is. */
  readonly dragged: ReadonlySignal<Dragged | null>;
  /** The pointer went down on the grip of a cell. */
  readonly begin: (event: PointerEvent, id: string) => void;
}

/** `drop` puts a cell before the one that has a place now. */
export function createDrag(drop: (id: string, place: number) => void): Drag {
  const dragged = signal<Dragged | null>(null);
  return {
    dragged,
    begin(event, id) {
      const grip = event.currentTarget;
      const cells = grip instanceof Element ? grip.closest<HTMLElement>(".cells") : null;
      if (event.button !== 0 || !(grip instanceof Element) || cells === null) return;
      const toolbar = document.querySelector(".toolbar")?.getBoundingClientRect().bottom ?? 0;
      const start = { x: event.clientX, y: event.clientY };
      let pointer = start;
      let frame = 0;
      grip.setPointerCapture(event.pointerId);

      const look = () => {
        window.scrollBy(0, scrollStep(pointer.y, toolbar, window.innerHeight));
        const next = lookAt(cells, id, pointer);
        if (JSON.stringify(next) !== JSON.stringify(dragged.peek())) dragged.value = next;
        frame = requestAnimationFrame(look);
      };
      const onMove = ({ clientX, clientY }: PointerEvent) => {
        pointer = { x: clientX, y: clientY };
        if (dragged.peek() === null && Math.hypot(clientX - start.x, clientY - start.y) >= PULL_MIN_PX) look();
      };
      const end = (isDropped: boolean) => {
        stop.abort();
        cancelAnimationFrame(frame);
        const last = dragged.peek() === null ? null : lookAt(cells, id, pointer);
        dragged.value = null;
        if (isDropped && last !== null) drop(id, last.place);
      };
      const onKey = (key: KeyboardEvent) => {
        if (key.key !== "Escape") return;
        key.preventDefault();
        key.stopPropagation();
        end(false);
      };
      const stop = new AbortController();
      const { signal: until } = stop;
      const listen = (type: string, act: (event: PointerEvent) => void) => grip.addEventListener(type, act as (event: Event) => void, { signal: until });
      listen("pointermove", onMove);
      listen("pointerup", (up) => {
        onMove(up);
        end(true);
      });
      listen("pointercancel", () => end(false));
      window.addEventListener("keydown", onKey, { capture: true, signal: until });
    },
  };
}

function lookAt(cells: HTMLElement, id: string, { x, y }: { readonly x: number; readonly y: number }): Dragged {
  const corner = cells.getBoundingClientRect();
  const boxes = [...cells.querySelectorAll(":scope > .cell")].map((cell) => {
    const { left, top, width, height } = cell.getBoundingClientRect();
    return { left: left - corner.left, top: top - corner.top, width, height };
  });
  const place = placeAt(boxes, corner.width, x - corner.left, y - corner.top);
  return { id, place, mark: markAt(boxes, corner.width, place) };
}
