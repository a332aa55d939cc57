// A quiet line where a trace is not whole: what did not arrive.
import type { Completeness } from "../api/trace";

/** Null where nothing is known to be missing. */
export function completenessSentence({ verdict, reasons }: Completeness): string | null {
  if (verdict === "complete") return null;
  const head = verdict === "details_missing" ? "Some details did not arrive" : "Part of this trace did not arrive";
  return reasons.length === 0 ? head : `${head}: ${reasons.join("; ")}`;
}

export function CompletenessNote({ completeness }: { readonly completeness: Completeness }) {
  const sentence = completenessSentence(completeness);
  return sentence === null ? null : <p class="completeness-note">{sentence}</p>;
}
