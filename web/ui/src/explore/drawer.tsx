// The place of the open trace beside the chart; what stands in it is fetched when a trace is first opened.
import { useLayoutEffect, useRef } from "preact/hooks";
import type { Trace } from "../api/trace";
import { lazy } from "../widgets/lazy";
import type { TraceModel } from "./trace_model";

const OpenTrace = lazy(() => import("./open_trace").then((module) => module.OpenTrace));

/** Where the drawer is a sheet under the chart, as in drawer.css. */
const SHEET = "(max-width: 1100px)";

interface DrawerProps {
  readonly model: TraceModel;
  /** The chart that the trace was opened from by a dot. */
  readonly chart: () => Element | null;
  readonly onClose: () => void;
  /** Keeps the trace in a notebook. */
  readonly onKeep: (trace: Trace, spanId: string | null) => void;
}

export function Drawer({ model, chart, onClose, onKeep }: DrawerProps) {
  const { open } = model.view.value;
  const box = useRef<HTMLElement>(null);
  // Before the next key: later, it would take the focus from what a reader has gone to meanwhile.
  useLayoutEffect(() => {
    if (open === null) return;
    box.current?.focus({ preventScroll: true });
    if (window.matchMedia(SHEET).matches && model.origin.peek() === null) chart()?.scrollIntoView();
  }, [open?.traceId]);
  if (open === null) return null;
  return (
    <aside ref={box} class={`drawer ${model.fullPage.value ? "full" : ""}`} tabIndex={-1} aria-label="Trace">
      <OpenTrace model={model} onClose={onClose} onKeep={onKeep} />
    </aside>
  );
}
