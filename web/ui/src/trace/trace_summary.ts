// A trace in a line: how much is shown of it, and whether that is all.
import type { Trace } from "../api/trace";
import { formatCount, formatQuantity } from "../base/format";

/** "10,412 spans · 7 services · 3 errors"; what did not arrive is said by the note on completeness. */
export function traceSummary(trace: Trace): string {
  const services = new Set(trace.spans.map((span) => span.service)).size;
  const parts = [formatQuantity(trace.spans.length, "span"), formatQuantity(services, "service")];
  const errors = trace.spans.filter((span) => span.status === "error").length;
  if (errors > 0) parts.push(formatQuantity(errors, "error"));
  return parts.join(" · ");
}

/** Where the server sent only the first spans of a trace: how many of how many; null where it sent all. */
export function cutSentence({ complete, spans, spansTotal }: Trace): string | null {
  if (complete) return null;
  const total = spansTotal === null ? "a trace that has more" : formatQuantity(spansTotal, "span");
  return `Showing ${formatCount(spans.length)} of ${total}: those that started first. Sums and the critical path are of what is shown.`;
}
