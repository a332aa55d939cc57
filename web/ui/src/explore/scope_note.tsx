// Says which filters an answer leaves out.
import { OF_WORDS, type RowsOf } from "../base/rows";

interface ScopeNoteProps {
  readonly of: RowsOf;
  readonly left: readonly string[];
}

export function ScopeNote({ of, left }: ScopeNoteProps) {
  if (left.length === 0) return null;
  return (
    <p class="scope-note">
      <span class="warning-text">Not applied, because a {OF_WORDS[of].one} does not know {left.length === 1 ? "it" : "them"}:</span>{" "}
      {left.map((clause, index) => (
        <span key={clause}>
          {index > 0 && ", "}
          <code>{clause}</code>
        </span>
      ))}
    </p>
  );
}
