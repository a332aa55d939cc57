// The time range: presets, or any other that a form asks for.
import { useEffect, useRef, useState } from "preact/hooks";
import { formatRange } from "../base/format";
import { nowNanos, parseTime } from "../base/time";
import { ChevronIcon } from "../widgets/icons";
import { lazy } from "../widgets/lazy";
import { Segmented } from "../widgets/segmented";
import type { Model } from "./model";
import type { Range } from "./view";

const CustomRange = lazy(() => import("./custom_range").then((module) => module.CustomRange), 0);

const PRESETS = ["5m", "15m", "1h", "6h", "24h", "7d"];

/** Who has a range of time. */
export type RangeModel = Pick<Model, "range" | "setRange">;

export function TimeRange({ model }: { readonly model: RangeModel }) {
  const range = model.range.value;
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const preset = range.to === "now" ? range.from.replace(/^now-/, "") : "";

  useEffect(() => {
    if (!open) return;
    const close = (event: PointerEvent) => {
      if (event.target instanceof Node && !box.current?.contains(event.target)) setOpen(false);
    };
    document.addEventListener("pointerdown", close);
    return () => document.removeEventListener("pointerdown", close);
  }, [open]);

  return (
    <div class="time-range" ref={box}>
      <Segmented
        label="Time range"
        choices={PRESETS.map((value) => ({ value, label: value, title: `the last ${value}` }))}
        isOn={(value) => value === preset}
        onChoose={(value) => model.setRange({ from: `now-${value}`, to: "now" })}
      />
      <button type="button" class="button" aria-expanded={open} onClick={() => setOpen(!open)}>
        {rangeText(range, preset)} <ChevronIcon />
      </button>
      {open && (
        <CustomRange
          range={range}
          onApply={(next) => {
            setOpen(false);
            model.setRange(next);
          }}
          onCancel={() => setOpen(false)}
        />
      )}
    </div>
  );
}

function rangeText(range: Range, preset: string): string {
  if (PRESETS.includes(preset)) return "Custom";
  const now = nowNanos();
  const [from, to] = [parseTime(range.from, now), parseTime(range.to, now)];
  if (from === null || to === null || range.to.startsWith("now")) return `${range.from} – ${range.to}`;
  return formatRange(from, to);
}
