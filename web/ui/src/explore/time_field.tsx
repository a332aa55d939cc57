// A point in time as a text, an expression or from a calendar, and what is wrong with a range of two.
import { useEffect, useRef } from "preact/hooks";
import { nowNanos, parseTime, rfc3339 } from "../base/time";

/** Relative expressions stay; everything else becomes RFC 3339 in UTC, which means the same in every zone. */
export function canonical(text: string): string {
  const trimmed = text.trim();
  const time = parseTime(trimmed, nowNanos());
  return trimmed.startsWith("now") || time === null ? trimmed : rfc3339(time);
}

/** What is wrong with a range; null where nothing is. */
export function problemOf(from: string, to: string): string | null {
  const now = nowNanos();
  const [start, end] = [parseTime(from, now), parseTime(to, now)];
  if (start === null) return `"${from}" is not a time: try now-15m or a date`;
  if (end === null) return `"${to}" is not a time: try now or a date`;
  return start < end ? null : "the range ends before it starts";
}

interface TimeFieldProps {
  readonly label: string;
  readonly text: string;
  readonly onText: (text: string) => void;
  readonly autoFocus?: boolean;
}

export function TimeField({ label, text, onText, autoFocus }: TimeFieldProps) {
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (autoFocus) field.current?.select();
  }, []);
  return (
    <label class="time-field">
      <span>{label}</span>
      <input ref={field} type="text" value={text} spellcheck={false} onInput={(event) => onText(event.currentTarget.value)} />
      <input type="datetime-local" step="1" aria-label={`${label}, from a calendar`} onInput={(event) => onText(event.currentTarget.value)} />
    </label>
  );
}
