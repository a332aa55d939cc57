// One comparison: the slowest or a band of durations with the rest of the same time, or a time with as long a time before it.
import { type ComparedOf, type Comparison, fetchCompare } from "../api/compare";
import { type Result, failure, success } from "../base/result";
import { type Stretch, expressed, stretchOf, timeBefore } from "./stretch";
import { slowFrom } from "./threshold";
import type { CompareView, DurationBand, Range } from "./view";
import { selectionFilter } from "../charts/heatmap/box";

export interface ComparisonQuestion {
  readonly kind: CompareView["kind"];
  readonly of: ComparedOf;
  readonly filter: string;
  readonly range: Range;
  readonly band: DurationBand | null;
}

export interface ComparisonAnswer {
  readonly comparison: Comparison;
  /** The duration from which on something is selected; null where a time or a band is. */
  readonly slowFromNs: number | null;
  /** The selected time. */
  readonly time: Stretch | null;
}

export async function fetchComparison(question: ComparisonQuestion, signal: AbortSignal): Promise<Result<ComparisonAnswer>> {
  const { of, filter, range, kind, band } = question;
  const time = stretchOf(range);
  if (kind === "time") {
    if (time === null) return failure("invalid", `${range.from} – ${range.to} is not a range of time`);
    const before = expressed(timeBefore(time));
    const answer = await fetchCompare({ of, filter, selection: "{ }", ...expressed(time), baseline: before }, signal);
    return answer.ok ? success({ comparison: answer.value, slowFromNs: null, time }) : answer;
  }
  const asked = { start: range.from, end: range.to };
  if (band !== null) {
    const selection = selectionFilter({ lowNs: band.low, highNs: band.high ?? Infinity });
    const answer = await fetchCompare({ of, filter, selection, ...asked, baseline: null }, signal);
    return answer.ok ? success({ comparison: answer.value, slowFromNs: null, time }) : answer;
  }
  const slow = await slowFrom(of, filter, asked, signal);
  if (!slow.ok) return slow;
  const selection = `{ duration >= ${slow.value}ns }`;
  const answer = await fetchCompare({ of, filter, selection, ...asked, baseline: null }, signal);
  return answer.ok ? success({ comparison: answer.value, slowFromNs: slow.value, time }) : answer;
}
