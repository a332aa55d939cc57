// What an answer cost and whether it is whole: part of every query's answer.
import type { Reader } from "../base/json";

export interface Stats {
  readonly source: string;
  readonly rowsRead: number;
  readonly elapsedMs: number;
  readonly complete: boolean;
}

export function readStats(reader: Reader): Stats {
  return {
    source: reader.at("source").text(),
    rowsRead: reader.at("rows_read").number(),
    elapsedMs: reader.at("elapsed_ms").number(),
    complete: reader.at("complete").flag(),
  };
}
