// The receipt under a figure: one line that says what it is worth, and behind it how to check it.
import { useState } from "preact/hooks";
import type { Stats } from "../api/stats";
import { reservation } from "../base/completeness";
import { formatClock } from "../base/format";
import { ChevronIcon } from "../widgets/icons";
import { lazy } from "../widgets/lazy";
import type { Subject } from "./subject";

const ReceiptPanel = lazy(() => import("./receipt_panel").then((module) => module.ReceiptPanel), 240);

interface ReceiptProps {
  /** What the figure is of, how exact it is, what it cost: see receipt_words. */
  readonly parts: readonly string[];
  /** Null while there is no answer. */
  readonly stats: Stats | null;
  /** What was asked; without it the line leads nowhere. */
  readonly subject?: Subject | null;
}

export function Receipt({ parts, stats, subject = null }: ReceiptProps) {
  const [open, setOpen] = useState(false);
  if (stats === null) return <p class="receipt result-line">&nbsp;</p>;
  return (
    <>
      <div class="receipt">
        <p class="result-line" role="status">
          <Line parts={parts} stats={stats} />
        </p>
        {subject !== null && (
          <button type="button" class="link-button" aria-expanded={open} onClick={() => setOpen(!open)}>
            check it <ChevronIcon />
          </button>
        )}
      </div>
      {open && subject !== null && <ReceiptPanel subject={subject} />}
    </>
  );
}

function Line({ parts, stats }: { readonly parts: readonly string[]; readonly stats: Stats }) {
  const doubt = reservation(stats.completeness);
  return (
    <>
      {parts.join(" · ")}
      {" · "}
      {doubt === null ? <span>complete</span> : <span class="warning-text">{doubt}</span>}
      {stats.completeTo !== null && ` to ${formatClock(stats.completeTo)}`}
    </>
  );
}
