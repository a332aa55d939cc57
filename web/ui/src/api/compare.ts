// POST /api/v1/compare: which values some rows have more often, or less, than the others.
import type { OnProgress } from "../base/answer_stream";
import { postJson } from "../base/client";
import { type Reader, readJson } from "../base/json";
import type { Result } from "../base/result";
import type { RowsOf } from "../base/rows";
import { type SlowSpan, readSlowSpan } from "./slow_span";
import { type Stats, readStats } from "./stats";

/** Time expressions, as the API takes them. */
export interface TimeSpan {
  readonly start: string;
  readonly end: string;
}

export interface CompareRequest extends TimeSpan {
  readonly of: RowsOf;
  /** Only rows that meet it are looked at. */
  readonly filter: string;
  /** Of those, the selected ones. */
  readonly selection: string;
  /** The time of the others; null takes the rest of the same time. */
  readonly baseline: TimeSpan | null;
}

export interface SideCounts {
  readonly selected: number;
  readonly baseline: number;
}

export interface ComparedValue {
  readonly attribute: string;
  /** Null where the rows do not have the attribute. */
  readonly value: string | null;
  /** The TraceQL filter of these rows; null where there is none. */
  readonly filter: string | null;
}

/** A value that the selected rows have more often, or less. */
export interface Finding extends ComparedValue {
  readonly counts: SideCounts;
  /** Of the selected rows, from 0 to 1, and of the others. */
  readonly shareSelected: number;
  readonly shareBaseline: number;
  readonly difference: number;
  /** Among findings at least as clear, the part that chance would bring. */
  readonly qValue: number;
  /** The slowest selected rows with it. */
  readonly exemplars: readonly SlowSpan[];
  /** Values that the same rows have. */
  readonly togetherWith: readonly ComparedValue[];
}

/** An attribute that cannot tell. */
export interface HiddenAttribute {
  readonly attribute: string;
  readonly rows: number;
  readonly distinct: number;
}

export interface Comparison {
  readonly counts: SideCounts;
  /** The clearest first. */
  readonly findings: readonly Finding[];
  readonly hidden: readonly HiddenAttribute[];
  readonly compared: { readonly attributes: number; readonly values: number };
  readonly stats: Stats;
}

export const FINDINGS_MAX = 20;

export async function fetchCompare(request: CompareRequest, signal: AbortSignal, onProgress?: OnProgress): Promise<Result<Comparison>> {
  return readCompareAnswer(await askCompare(request, signal, onProgress));
}

/** The answer as it came. */
export async function askCompare(request: CompareRequest, signal: AbortSignal, onProgress?: OnProgress): Promise<Result<unknown>> {
  return postJson(COMPARE_PATH, compareBody(request), signal, onProgress);
}

export function readCompareAnswer(answer: Result<unknown>): Result<Comparison> {
  return readJson(answer, readComparison);
}

export const COMPARE_PATH = "api/v1/compare";

/** As the API takes it. */
export function compareBody({ of, filter, selection, start, end, baseline }: CompareRequest) {
  return { of, q: filter, selection, start, end, limit: FINDINGS_MAX, ...(baseline === null ? {} : { baseline }) };
}

function readComparison(reader: Reader): Comparison {
  const compared = reader.at("compared");
  return {
    counts: readCounts(reader.at("counts")),
    findings: reader.at("findings").list(readFinding),
    hidden: reader.at("hidden").list((hidden) => ({
      attribute: hidden.at("attribute").text(),
      rows: hidden.at("rows").number(),
      distinct: hidden.at("distinct").number(),
    })),
    compared: { attributes: compared.at("attributes").number(), values: compared.at("values").number() },
    stats: readStats(reader.at("stats")),
  };
}

function readCounts(reader: Reader): SideCounts {
  return { selected: reader.at("selected").number(), baseline: reader.at("baseline").number() };
}

function readValue(reader: Reader): ComparedValue {
  const text = (item: Reader) => item.text();
  return {
    attribute: reader.at("attribute").text(),
    value: reader.at("value").optional(text),
    filter: reader.at("filter").optional(text),
  };
}

function readFinding(reader: Reader): Finding {
  return {
    ...readValue(reader),
    counts: readCounts(reader.at("counts")),
    shareSelected: reader.at("share_selected").number(),
    shareBaseline: reader.at("share_baseline").number(),
    difference: reader.at("difference").number(),
    qValue: reader.at("q_value").number(),
    exemplars: reader.at("exemplars").list(readSlowSpan),
    togetherWith: reader.at("together_with").listOrEmpty(readValue),
  };
}
