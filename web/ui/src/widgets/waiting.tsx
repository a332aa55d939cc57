// That an answer takes its time: how far it is, and the way to give it up. It lies over what is there, so that nothing moves.
import type { ReadonlySignal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import type { Progress } from "../base/answer_stream";
import { formatCount } from "../base/format";
import { Button } from "./button";

/** What comes sooner needs no words. */
const PATIENCE_MS = 1_000;

interface WaitingProps {
  readonly loading: boolean;
  readonly progress: ReadonlySignal<Progress | null>;
  readonly onCancel: () => void;
}

export function Waiting({ loading, progress, onCancel }: WaitingProps) {
  const [isSlow, setSlow] = useState(false);
  useEffect(() => {
    if (!loading) return;
    const timer = setTimeout(() => setSlow(true), PATIENCE_MS);
    return () => {
      clearTimeout(timer);
      setSlow(false);
    };
  }, [loading]);
  const isShown = loading && isSlow;
  return (
    <div class="waiting">
      {/* Said once: the figures change four times a second. */}
      <span class="visually-hidden" role="status">
        {isShown ? "The answer takes a while. It can be cancelled." : ""}
      </span>
      {isShown && <Box progress={progress} onCancel={onCancel} />}
    </div>
  );
}

function Box({ progress, onCancel }: Omit<WaitingProps, "loading">) {
  const now = progress.value;
  const percent = now === null || now.percent === null ? null : Math.floor(now.percent);
  return (
    <div class="waiting-box">
      <div>
        <span class="waiting-words">{progressWords(now)}</span>
        <div
          class={`waiting-bar ${percent === null ? "unknown" : ""}`}
          role="progressbar"
          aria-label="How much of the question is read"
          aria-valuemin={0}
          aria-valuemax={100}
          {...(percent === null ? {} : { "aria-valuenow": percent })}
        >
          <span style={{ width: `${percent ?? 100}%` }} />
        </div>
      </div>
      <Button onClick={onCancel}>Cancel</Button>
    </div>
  );
}

/** "reading 4.1 of 11.0 M rows, 37 %", as far as it is known. */
export function progressWords(progress: Progress | null): string {
  if (progress === null || (progress.rowsRead === 0 && progress.rows === null)) return "waiting for the answer";
  const { rowsRead, rows, percent } = progress;
  const [count, unit] = (rows ?? rowsRead) < 1e6 ? [formatCount, ""] : [(value: number) => (value / 1e6).toFixed(1), " M"];
  const read = rows === null ? `${count(rowsRead)}${unit} rows read so far` : `reading ${count(rowsRead)} of ${count(rows)}${unit} rows`;
  return percent === null ? read : `${read}, ${Math.floor(percent)} %`;
}
