// Over an answer whose newest try failed or was given up: what is shown is an older one, and how old that is.
import { useEffect, useState } from "preact/hooks";
import { formatClock, formatRoundDuration } from "../base/format";
import { Button } from "./button";
import { type FailureStateProps, HEADLINES, retryWords } from "./states";

interface StaleNoteProps extends FailureStateProps {
  /** When the answer that is shown came, in milliseconds since the epoch. */
  readonly answeredAt: number | null;
}

export function StaleNote({ failure, onRetry, answeredAt, children }: StaleNoteProps) {
  const age = useAge(answeredAt);
  const hasMore = failure.kind !== "invalid" && failure.kind !== "cancelled";
  return (
    <div class="stale" role="alert">
      <span>
        {HEADLINES[failure.kind]}; this is the last answer{age}. {hasMore && failure.message}
      </span>
      <span class="state-actions">
        {children}
        {failure.kind !== "invalid" && <Button onClick={onRetry}>{retryWords(failure)}</Button>}
      </span>
    </div>
  );
}

const AGE_STEP_MS = 10_000;

/** ", from 14:02:05, 3 min 20 s ago"; it grows while somebody looks. */
function useAge(answeredAt: number | null): string {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), AGE_STEP_MS);
    return () => clearInterval(timer);
  }, []);
  if (answeredAt === null) return "";
  const seconds = Math.round(Math.max(now - answeredAt, 0) / 1000);
  return `, from ${formatClock(BigInt(answeredAt) * 1_000_000n)}${seconds < 1 ? "" : `, ${formatRoundDuration(seconds * 1e9)} ago`}`;
}
