// Whether an answer is the whole truth, and in words why not.
import { formatInstant } from "./format";
import type { Nanos } from "./time";

/** Whether an answer is the whole truth. */
export interface AnswerCompleteness {
  readonly complete: boolean;
  /** Why not: words such as "replaying". */
  readonly because: readonly string[];
  readonly possibleDuplicates: boolean;
  /** When the earliest spans arrived that are still there; null where there are none. */
  readonly rawDataFrom: Nanos | null;
}

const REASONS: Readonly<Record<string, string>> = {
  replaying: "the server has just started and is still reading back spans that it had acknowledged",
  unreadable_files: "a file is damaged and left out",
  out_of_touch: "the tables that another process writes could not be reached for a while",
  past_retention: "spans of this time have been removed by retention, and their rollups cannot tell this",
  thinned: "spans of this time have been dropped to save room, and their rollups cannot tell this",
};

/** How far back there are spans, in words. */
export function reach(rawDataFrom: Nanos): string {
  return `spans reach back to ${formatInstant(rawDataFrom)}`;
}

/** What is not certain about the figures, in words; null where all is well. */
export function reservation({ complete, because, possibleDuplicates, rawDataFrom }: AnswerCompleteness): string | null {
  const parts: string[] = [];
  if (!complete) {
    const reasons = because.map((reason) => REASONS[reason] ?? reason.replaceAll("_", " "));
    if (because.includes("past_retention") && rawDataFrom !== null) reasons.push(reach(rawDataFrom));
    parts.push(`incomplete: ${reasons.length === 0 ? "part of the data could not be read" : reasons.join("; ")}`);
  }
  if (possibleDuplicates) parts.push("spans that were sent twice may be counted twice");
  return parts.length === 0 ? null : parts.join("; ");
}
