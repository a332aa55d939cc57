// A comparison in words: its two sides, and why there is nothing to show.
import { visibleName } from "../base/foreign_text";
import { formatDuration, formatQuantity, formatRange } from "../base/format";
import { OF_WORDS } from "../base/rows";
import { durationRange } from "../charts/heatmap/heatmap_words";
import type { SideNames } from "../compare/words";
import type { ComparisonAnswer } from "./comparison";
import { timeBefore } from "./stretch";
import type { CompareView, DurationBand } from "./view";

export interface ComparisonWords {
  readonly sides: SideNames;
  /** What follows the number of selected rows, and of the others. */
  readonly selected: string;
  readonly baseline: string;
  /** Why there are no findings; null where there are. */
  readonly nothing: Nothing | null;
}

export function wordsOf(compare: CompareView, answer: ComparisonAnswer): ComparisonWords {
  return {
    sides: sideNames(compare, answer),
    selected: selectedWords(compare, answer),
    baseline: baselineWords(compare, answer),
    nothing: nothingToShow(compare, answer),
  };
}

export function sideNames({ kind, of, band, selection }: CompareView, { slowFromNs }: ComparisonAnswer): SideNames {
  const { many } = OF_WORDS[of];
  if (band !== null) return { selected: `${many} of ${bandWords(band)}`, baseline: "the rest" };
  if (selection !== null) return { selected: `${many} with it`, baseline: "the rest" };
  if (kind === "slow") return { selected: `${many} from ${formatDuration(slowFromNs ?? 0)}`, baseline: "the rest" };
  return { selected: `${many} of this time`, baseline: "those before" };
}

/** What follows the number of selected rows. */
export function selectedWords({ kind, band, selection }: CompareView, { slowFromNs, time }: ComparisonAnswer): string {
  if (band !== null) return `took ${bandWords(band)}`;
  if (selection !== null) return `have ${visibleName(selection)}`;
  if (kind === "slow") return `took ${formatDuration(slowFromNs ?? 0)} (p99) or longer`;
  return time === null ? "in this time" : `in ${formatRange(time.start, time.end)}`;
}

/** What follows the number of the others. */
export function baselineWords({ kind }: CompareView, { time }: ComparisonAnswer): string {
  if (kind === "band" && time !== null) return `are the rest of ${formatRange(time.start, time.end)}`;
  if (kind !== "time") return "are the rest";
  if (time === null) return "before";
  const before = timeBefore(time);
  return `before, in ${formatRange(before.start, before.end)}`;
}

/** "640 ms – 1.20 s" */
export function bandWords({ low, high }: DurationBand): string {
  return durationRange({ lowNs: low, highNs: high ?? Infinity });
}

export interface Nothing {
  readonly headline: string;
  readonly text: string;
}

const NOTHING_ELSE: Readonly<Record<CompareView["kind"], (many: string) => string>> = {
  slow: (many) => `All ${many} took as long as the slowest.`,
  time: (many) => `There are no ${many} in the time before.`,
  band: (many) => `All ${many} of this time took as long as those selected.`,
  value: (many) => `All ${many} of this time have this value.`,
};

/** Why there are no findings; null where there are. */
export function nothingToShow({ of, kind }: Pick<CompareView, "of" | "kind">, { comparison }: Pick<ComparisonAnswer, "comparison">): Nothing | null {
  const { counts, findings, compared } = comparison;
  const { many } = OF_WORDS[of];
  if (counts.selected === 0)
    return { headline: `No ${many} to compare`, text: `No ${many} match the filter in this time. Widen the range or remove a filter.` };
  if (counts.baseline === 0)
    return {
      headline: "Nothing to compare with",
      text: NOTHING_ELSE[kind](many),
    };
  if (findings.length > 0) return null;
  const values = formatQuantity(compared.values, "value");
  return {
    headline: "Nothing is different",
    text: `None of ${values} has a share that differs by a point or more, and by more than chance explains.`,
  };
}
