// A quiet line where a trace is not whole: what did not arrive.
import type { Completeness } from "../api/trace";
import { type AnswerCompleteness, reservation } from "../base/completeness";
import { ForeignText } from "../widgets/foreign_text";

/** Null where nothing is known to be missing. */
export function completenessSentence({ verdict, reasons }: Completeness): string | null {
  if (verdict === "complete") return null;
  const head = verdict === "details_missing" ? "Some details did not arrive" : "Part of this trace did not arrive";
  return reasons.length === 0 ? head : `${head}: ${reasons.join("; ")}`;
}

interface CompletenessNoteProps {
  readonly completeness: Completeness;
  /** What the answer may lack, whatever the trace says of itself. */
  readonly answer: AnswerCompleteness;
}

export function CompletenessNote({ completeness, answer }: CompletenessNoteProps) {
  const sentences = [completenessSentence(completeness), reservation(answer)].filter((sentence) => sentence !== null);
  return (
    <>
      {sentences.map((sentence) => (
        <p class="completeness-note" key={sentence}>
          <ForeignText text={sentence} />
        </p>
      ))}
    </>
  );
}
