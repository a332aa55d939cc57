// What an answer cost and whether it is whole: part of every query's answer.
import type { AnswerCompleteness } from "../base/completeness";
import type { Reader } from "../base/json";
import type { Nanos } from "../base/time";

export interface Stats {
  readonly source: string;
  readonly rowsRead: number;
  readonly elapsedMs: number;
  readonly completeness: AnswerCompleteness;
  /** Up to when everything that had arrived is in the answer; null where that is now. */
  readonly completeTo: Nanos | null;
}

export function readStats(reader: Reader): Stats {
  return {
    source: reader.at("source").text(),
    rowsRead: reader.at("rows_read").number(),
    elapsedMs: reader.at("elapsed_ms").number(),
    completeness: readCompleteness(reader),
    completeTo: reader.at("complete_to").optional((time) => time.nanos()),
  };
}

export function readCompleteness(reader: Reader): AnswerCompleteness {
  return {
    complete: reader.at("complete").flag(),
    because: reader.at("incomplete_because").listOrEmpty((reason) => reason.text()),
    possibleDuplicates: reader.at("possible_duplicates").flag(),
    rawDataFrom: reader.at("raw_data_from").optional((time) => time.nanos()),
  };
}
