// One comparison: the slowest, a band of durations or a value with the rest of the same time, or a time with as long a time before it.
import type { OnProgress } from "../base/answer_stream";
import { type CompareRequest, type Comparison, fetchCompare } from "../api/compare";
import { type Result, failure, success } from "../base/result";
import type { RowsOf } from "../base/rows";
import { type Stretch, expressed, stretchOf, timeBefore } from "./stretch";
import { slowFrom } from "./threshold";
import type { CompareView, DurationBand, Range } from "./view";
import { selectionFilter } from "../charts/heatmap/box";

export interface ComparisonQuestion {
  readonly kind: CompareView["kind"];
  readonly of: RowsOf;
  readonly filter: string;
  readonly range: Range;
  readonly band: DurationBand | null;
  readonly selection: string | null;
}

export interface ComparisonAnswer {
  readonly comparison: Comparison;
  /** What was asked, with the time by the browser's clock. */
  readonly request: CompareRequest;
  /** The duration from which on something is selected; null where anything else selects. */
  readonly slowFromNs: number | null;
  /** The selected time. */
  readonly time: Stretch | null;
}

export async function fetchComparison(question: ComparisonQuestion, signal: AbortSignal, onProgress?: OnProgress): Promise<Result<ComparisonAnswer>> {
  const { of, filter, range, kind, band } = question;
  const time = stretchOf(range);
  if (kind === "time") {
    if (time === null) return failure("invalid", `${range.from} – ${range.to} is not a range of time`);
    const request = { of, filter, selection: "{ }", ...expressed(time), baseline: expressed(timeBefore(time)) };
    return answered(request, { slowFromNs: null, time }, signal, onProgress);
  }
  const asked = { start: range.from, end: range.to };
  if (band !== null) {
    const selection = selectionFilter({ lowNs: band.low, highNs: band.high ?? Infinity });
    return answered({ of, filter, selection, ...asked, baseline: null }, { slowFromNs: null, time }, signal, onProgress);
  }
  if (question.selection !== null) {
    return answered({ of, filter, selection: `{ ${question.selection} }`, ...asked, baseline: null }, { slowFromNs: null, time }, signal, onProgress);
  }
  const slow = await slowFrom(of, filter, asked, signal);
  if (!slow.ok) return slow;
  const selection = `{ duration >= ${slow.value}ns }`;
  return answered({ of, filter, selection, ...asked, baseline: null }, { slowFromNs: slow.value, time }, signal, onProgress);
}

type Known = Pick<ComparisonAnswer, "slowFromNs" | "time">;

async function answered(request: CompareRequest, known: Known, signal: AbortSignal, onProgress?: OnProgress): Promise<Result<ComparisonAnswer>> {
  const answer = await fetchCompare(request, signal, onProgress);
  if (!answer.ok) return answer;
  const dated = known.time === null ? request : { ...request, ...expressed(known.time) };
  return success({ ...known, comparison: answer.value, request: dated });
}
