// The exemplar dots as real buttons over the canvas: one tab stop, arrow keys move among them, Enter opens.
import { useLayoutEffect, useRef } from "preact/hooks";
import { type PlacedDot, dotOfSpan, moveDot, slowestDot } from "./dot_layout";
import type { PlotLayout } from "./plot";

interface DotButtonsProps {
  readonly layout: PlotLayout;
  /** What a dot says to those who do not see it. */
  readonly labelOf: (place: PlacedDot) => string;
  /** Span id of the open exemplar. */
  readonly selected: string | null;
  /** Span id of the dot that is the tab stop; null leaves it to the slowest. */
  readonly current: string | null;
  readonly onCurrent: (spanId: string) => void;
  readonly onFocusDot: (place: PlacedDot | null) => void;
  readonly onOpen: (place: PlacedDot) => void;
}

const KEYS = new Set(["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End"]);

export function DotButtons(props: DotButtonsProps) {
  const { layout, selected } = props;
  const group = useRef<HTMLDivElement>(null);
  const current = useTabStop(layout.dots, props.current, group);

  const onKeyDown = (event: KeyboardEvent) => {
    if (!KEYS.has(event.key)) return;
    event.preventDefault();
    buttonAt(group, moveDot(layout.dots, current, event.key))?.focus();
  };

  return (
    <div
      ref={group}
      class="dot-buttons"
      role="group"
      aria-label={`Exemplars, ${layout.dots.length}. Arrow keys move, Enter opens the trace.`}
      style={{
        left: `${layout.area.left}px`,
        top: `${layout.area.top}px`,
        width: `${layout.area.width}px`,
        height: `${layout.area.height}px`,
      }}
      onKeyDown={onKeyDown}
    >
      {layout.dots.map((place, index) => (
        <button
          key={place.dot.exemplar.spanId}
          type="button"
          tabIndex={index === current ? 0 : -1}
          data-span={place.dot.exemplar.spanId}
          aria-label={props.labelOf(place)}
          aria-current={place.dot.exemplar.spanId === selected ? "true" : undefined}
          style={{ left: `${place.left}px`, top: `${place.top}px` }}
          onFocus={() => {
            props.onCurrent(place.dot.exemplar.spanId);
            props.onFocusDot(place);
          }}
          onBlur={() => props.onFocusDot(null)}
          onClick={() => props.onOpen(place)}
        />
      ))}
    </div>
  );
}

type Group = { readonly current: HTMLDivElement | null };

function buttonAt(group: Group, index: number): HTMLButtonElement | undefined {
  return group.current?.querySelectorAll("button")[index];
}

/** The index of the tab stop. A focus among the dots survives a new layout: it stays with its dot, or goes to what took its place. */
function useTabStop(dots: readonly PlacedDot[], spanId: string | null, group: Group): number {
  const last = useRef(0);
  const held = group.current?.contains(document.activeElement) ?? false;
  const found = dotOfSpan(dots, spanId);
  const index = found >= 0 ? found : held ? Math.min(last.current, dots.length - 1) : slowestDot(dots);
  last.current = index;
  useLayoutEffect(() => {
    if (held && !group.current?.contains(document.activeElement)) buttonAt(group, index)?.focus();
  });
  return index;
}
