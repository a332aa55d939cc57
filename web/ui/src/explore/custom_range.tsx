// Any range of time: from and to as a date or an expression such as now-15m.
import { useState } from "preact/hooks";
import { zoneName } from "../base/zone";
import { Button } from "../widgets/button";
import { TimeField, canonical, problemOf } from "./time_field";
import type { Range } from "./view";

interface CustomRangeProps {
  readonly range: Range;
  readonly onApply: (range: Range) => void;
  readonly onCancel: () => void;
}

export function CustomRange({ range, onApply, onCancel }: CustomRangeProps) {
  const [from, setFrom] = useState(range.from);
  const [to, setTo] = useState(range.to);
  const problem = problemOf(from, to);
  return (
    <form
      class="popover"
      aria-label="Custom time range"
      onSubmit={(event) => {
        event.preventDefault();
        if (problem === null) onApply({ from: canonical(from), to: canonical(to) });
      }}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        onCancel();
      }}
    >
      <TimeField label="from" text={from} onText={setFrom} autoFocus />
      <TimeField label="to" text={to} onText={setTo} />
      <p class={problem === null ? "muted" : "error-text"} role="status">
        {problem ?? `now-15m, RFC 3339 or Unix time; times in ${zoneName()}`}
      </p>
      <div class="popover-actions">
        <Button onClick={onCancel}>Cancel</Button>
        <button type="submit" class="button primary" disabled={problem !== null}>
          Apply
        </button>
      </div>
    </form>
  );
}
