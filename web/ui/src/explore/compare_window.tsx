// The time that is compared with as long a time before it, as two fields.
import { useState } from "preact/hooks";
import { Button } from "../widgets/button";
import { TimeField, canonical, problemOf } from "./time_field";
import type { Range } from "./view";

interface CompareWindowProps {
  readonly range: Range;
  readonly onApply: (range: Range) => void;
}

export function CompareWindow({ range, onApply }: CompareWindowProps) {
  const [from, setFrom] = useState(range.from);
  const [to, setTo] = useState(range.to);
  const problem = problemOf(from, to);
  const isChanged = from !== range.from || to !== range.to;
  return (
    <form
      class="compare-window"
      aria-label="Time that is compared"
      onSubmit={(event) => {
        event.preventDefault();
        if (problem === null) onApply({ from: canonical(from), to: canonical(to) });
      }}
    >
      <TimeField label="from" text={from} onText={setFrom} />
      <TimeField label="to" text={to} onText={setTo} />
      <Button type="submit" disabled={problem !== null || !isChanged}>
        Compare
      </Button>
      {problem !== null && (
        <p class="error-text" role="status">
          {problem}
        </p>
      )}
    </form>
  );
}
