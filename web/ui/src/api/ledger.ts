// GET /api/v1/ledger: what came in during a time, and what became of it.
import { getJson } from "../base/client";
import { type Reader, readJson } from "../base/json";
import type { Result } from "../base/result";
import type { Nanos } from "../base/time";

export interface Refusal {
  /** Such as "rate_limited". */
  readonly reason: string;
  readonly requests: number;
  readonly spans: number;
}

export interface Ledger {
  /** The minutes that the counts are of. */
  readonly start: Nanos;
  readonly end: Nanos;
  readonly receivedSpans: number;
  readonly acknowledgedSpans: number;
  readonly rejectedSpans: number;
  readonly duplicateSpans: number;
  readonly lateSpans: number;
  readonly refused: readonly Refusal[];
}

export async function fetchLedger(time: { readonly start: string; readonly end: string }, signal: AbortSignal): Promise<Result<Ledger>> {
  return readJson(await getJson("api/v1/ledger", time, signal), readLedger);
}

function readLedger(reader: Reader): Ledger {
  const totals = reader.at("totals");
  const figure = (name: string) => totals.at(name).optional((count) => count.number()) ?? 0;
  const refused = totals.at("refused").optional((reasons) => reasons.entries()) ?? [];
  return {
    start: reader.at("start").nanos(),
    end: reader.at("end").nanos(),
    receivedSpans: figure("received_spans"),
    acknowledgedSpans: figure("acknowledged_spans"),
    rejectedSpans: figure("rejected_spans"),
    duplicateSpans: figure("duplicate_spans"),
    lateSpans: figure("late_spans"),
    refused: refused.map(([reason, counts]) => ({
      reason,
      requests: counts.at("requests").number(),
      spans: counts.at("spans").number(),
    })),
  };
}
