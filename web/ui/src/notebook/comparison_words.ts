// The two sides of a comparison cell in words.
import type { Comparison } from "../api/compare";
import { type ComparisonWords, nothingToShow } from "../explore/comparison_words";
import { OF_WORDS } from "../explore/scope";
import type { CompareCell } from "./document";

/** `selection` is the condition that was asked with. */
export function comparisonWords(cell: CompareCell, selection: string | null, comparison: Comparison): ComparisonWords {
  const { many } = OF_WORDS[cell.rows];
  const isOverTime = cell.baseline !== null;
  const kind = isOverTime ? "time" : "slow";
  const nothing = nothingToShow({ kind, of: cell.rows, within: [], window: null }, { comparison, slowFromNs: null, time: null });
  const condition = selection === null || selection === "{ }" ? "" : `with ${selection.replace(/^\{\s*|\s*\}$/g, "")}`;
  if (isOverTime)
    return {
      sides: { selected: `${many} of this time`, baseline: "those of the other" },
      selected: `in this time ${condition}`.trim(),
      baseline: `from ${cell.baseline.from} to ${cell.baseline.to}`,
      nothing,
    };
  const isSlow = cell.selection === null;
  return {
    sides: { selected: isSlow ? `the slowest ${many}` : `selected ${many}`, baseline: "the rest" },
    selected: isSlow ? `${condition} (p99)`.trim() : condition,
    baseline: "are the rest",
    nothing,
  };
}
