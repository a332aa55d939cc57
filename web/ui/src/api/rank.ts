// GET /api/v1/latency with `above`: which share of spans takes longer than one of them.
import { getJson } from "../base/client";
import { type Reader, readJson } from "../base/json";
import type { Result } from "../base/result";

export interface RankRequest {
  /** The spans among which the one is ranked. */
  readonly filter: string;
  readonly start: string;
  readonly end: string;
  readonly durationNs: number;
}

export interface Rank {
  /** Of all of them. */
  readonly count: number;
  /** Of those that take longer; between two bounds, where a histogram tells it. */
  readonly shareMin: number;
  readonly shareMax: number;
}

/** Null where no such span was found. */
export async function fetchRank({ filter, start, end, durationNs }: RankRequest, signal: AbortSignal): Promise<Result<Rank | null>> {
  const above = `${Math.round(durationNs)}ns`;
  const answer = await getJson("api/v1/latency", { q: filter, start, end, quantiles: "0.99", exemplars: "0", limit: "1", above }, signal);
  return readJson(answer, (reader) => reader.at("series").list(readRank)[0] ?? null);
}

function readRank(series: Reader): Rank {
  const [shares] = series.at("above").list((one) => ({ shareMin: one.at("share_min").number(), shareMax: one.at("share_max").number() }));
  return { count: series.at("count").number(), shareMin: shares?.shareMin ?? 0, shareMax: shares?.shareMax ?? 1 };
}
