// POST /api/v1/shares: what API requests, or pod starts, spend their time on, by how long they take.
import type { OnProgress } from "../base/answer_stream";
import { BANDS, type Band } from "../base/bands";
import { postJson } from "../base/client";
import { type Reader, readJson } from "../base/json";
import type { Result } from "../base/result";
import type { TimeSpan } from "./compare";
import { type SlowSpan, readSlowSpan } from "./slow_span";
import { type Stats, readStats } from "./stats";

/** Rows of which table. */
export type SharesOf = "requests" | "pod_starts";

export interface SharesRequest extends TimeSpan {
  readonly of: SharesOf;
  readonly filter: string;
  /** Another time to show beside it. */
  readonly baseline: TimeSpan | null;
  /** Columns of the table whose values are groups. */
  readonly by: readonly string[];
  /** The most exemplars a band. */
  readonly exemplars: number;
}

/** What the rows of a band spend their time on. */
export interface BandTimes {
  readonly band: Band;
  readonly count: number;
  readonly totalNs: number;
  /** In the order of the answer's phases; adds up to the total. */
  readonly phasesNs: readonly number[];
  /** Its median row, then its slowest. */
  readonly exemplars: readonly SlowSpan[];
}

export interface SharesGroup {
  /** The values of the columns asked for; null where a row has none. */
  readonly values: readonly (string | null)[];
  /** Those that have rows. */
  readonly bands: readonly BandTimes[];
}

export interface Bounds {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

export interface Shares {
  readonly phases: readonly string[];
  /** The durations that bands end at, in nanoseconds; 0 without rows. */
  readonly bounds: Bounds;
  readonly bands: readonly BandTimes[];
  /** The same of the other time; null where none was asked for. */
  readonly baseline: readonly BandTimes[] | null;
  /** Those that took most time first. */
  readonly groups: readonly SharesGroup[];
  readonly stats: Stats;
}

export const GROUPS_MAX = 20;

export async function fetchShares(request: SharesRequest, signal: AbortSignal, onProgress?: OnProgress): Promise<Result<Shares>> {
  return readSharesAnswer(await askShares(request, signal, onProgress), request.by);
}

/** The answer as it came. */
export async function askShares(request: SharesRequest, signal: AbortSignal, onProgress?: OnProgress): Promise<Result<unknown>> {
  return postJson(SHARES_PATH, sharesBody(request), signal, onProgress);
}

export function readSharesAnswer(answer: Result<unknown>, by: readonly string[]): Result<Shares> {
  return readJson(answer, (reader) => readShares(reader, by));
}

export const SHARES_PATH = "api/v1/shares";

/** As the API takes it. */
export function sharesBody({ of, filter, start, end, baseline, by, exemplars }: SharesRequest) {
  return { of, q: filter, start, end, by, exemplars, limit: GROUPS_MAX, ...(baseline === null ? {} : { baseline }) };
}

function readShares(reader: Reader, by: readonly string[]): Shares {
  const bounds = reader.at("bounds_ns");
  return {
    phases: reader.at("phases").list((phase) => phase.at("name").text()),
    bounds: { p50: bounds.at("p50").number(), p95: bounds.at("p95").number(), p99: bounds.at("p99").number() },
    bands: readBands(reader.at("bands")),
    baseline: reader.at("baseline").optional(readBands),
    groups: reader.at("groups").listOrEmpty((group) => readGroup(group, by)),
    stats: readStats(reader.at("stats")),
  };
}

function readGroup(reader: Reader, by: readonly string[]): SharesGroup {
  const labels = new Map(reader.at("labels").entries());
  return {
    values: by.map((name) => labels.get(name)?.optional((value) => value.text()) ?? null),
    bands: readBands(reader.at("bands")),
  };
}

/** The bands that this page knows: a newer server may have more. */
function readBands(reader: Reader): readonly BandTimes[] {
  return reader.list(readBand).filter((times) => times !== null);
}

function readBand(reader: Reader): BandTimes | null {
  const name = reader.at("band").text();
  const band = BANDS.find((known) => known === name);
  if (band === undefined) return null;
  return {
    band,
    count: reader.at("count").number(),
    totalNs: reader.at("total_ns").number(),
    phasesNs: reader.at("phases_ns").list((time) => time.number()),
    exemplars: reader.at("exemplars").listOrEmpty(readSlowSpan),
  };
}
