// What a comparison found: its two sides, the findings, the attributes left out.
import { type Comparison, FINDINGS_MAX } from "../api/compare";
import { formatQuantity } from "../base/format";
import { OF_WORDS, type RowsOf } from "../base/rows";
import { type FindingActions, FindingsTable, Side } from "../compare/findings_table";
import { HiddenList } from "../compare/hidden_list";
import type { ComparisonWords } from "./comparison_words";

interface CompareAnswerProps {
  readonly of: RowsOf;
  readonly comparison: Comparison;
  readonly words: ComparisonWords;
  /** Span id of the open trace. */
  readonly open: string | null;
  readonly actions: FindingActions;
}

export function CompareAnswer({ of, comparison, words, open, actions }: CompareAnswerProps) {
  const { counts, findings, hidden } = comparison;
  return (
    <>
      <p class="compare-sides">
        <span>
          <Side selected /> {formatQuantity(counts.selected, OF_WORDS[of].one)} {words.selected}
        </span>
        <span>
          <Side /> {formatQuantity(counts.baseline, OF_WORDS[of].one)} {words.baseline}
        </span>
      </p>
      {words.nothing === null ? (
        <FindingsTable comparison={comparison} sides={words.sides} open={open} actions={actions} />
      ) : (
        <div class="state">
          <h3>{words.nothing.headline}</h3>
          <p>{words.nothing.text}</p>
        </div>
      )}
      {findings.length >= FINDINGS_MAX && <p class="muted">The {FINDINGS_MAX} clearest differences; filter by one to see what lies behind it.</p>}
      <HiddenList hidden={hidden} />
    </>
  );
}
