// The place of the open trace beside the chart; what stands in it is fetched when a trace is first opened.
import { useEffect, useRef } from "preact/hooks";
import { lazy } from "./lazy";
import type { Model } from "./model";

const OpenTrace = lazy(() => import("./open_trace").then((module) => module.OpenTrace));

/** Where the drawer is a sheet under the chart, as in drawer.css. */
const SHEET = "(max-width: 1100px)";

interface DrawerProps {
  readonly model: Model;
  readonly onClose: () => void;
}

export function Drawer({ model, onClose }: DrawerProps) {
  const { open } = model.view.value;
  const box = useRef<HTMLElement>(null);
  useEffect(() => {
    if (open === null) return;
    box.current?.focus({ preventScroll: true });
    if (window.matchMedia(SHEET).matches && model.origin.peek() === null) document.querySelector(".chart")?.scrollIntoView();
  }, [open?.traceId]);
  if (open === null) return null;
  return (
    <aside ref={box} class={`drawer ${model.fullPage.value ? "full" : ""}`} tabIndex={-1} aria-label="Trace">
      <OpenTrace model={model} onClose={onClose} />
    </aside>
  );
}
