// The two sides of a comparison cell in words.
import type { Comparison } from "../api/compare";
import { formatDuration } from "../base/format";
import { OF_WORDS } from "../base/rows";
import { type ComparisonWords, nothingToShow } from "../explore/comparison_words";
import type { CompareCell } from "./document";

/** `selection` is the condition that was asked with. */
export function comparisonWords(cell: CompareCell, selection: string | null, comparison: Comparison): ComparisonWords {
  const { many } = OF_WORDS[cell.rows];
  const isOverTime = cell.baseline !== null;
  const kind = isOverTime ? "time" : cell.selection === null ? "slow" : "value";
  const nothing = nothingToShow({ kind, of: cell.rows }, { comparison });
  const condition = conditionWords(selection);
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
    selected: isSlow ? `${condition}, which is p99` : condition,
    baseline: "are the rest",
    nothing,
  };
}

/** "took 120 ms or longer", or the condition as it is. */
function conditionWords(selection: string | null): string {
  const condition = (selection ?? "").replace(/^\{\s*|\s*\}$/g, "");
  const duration = /^duration >= (\d+)ns$/.exec(condition)?.[1];
  if (duration !== undefined) return `took ${formatDuration(Number(duration))} or longer`;
  return condition === "" ? "" : `with ${condition}`;
}
