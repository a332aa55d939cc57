// GET /api/v1/info: what this server is and which time range is worth opening at.
import { getJson } from "../base/client";
import { readJson } from "../base/json";
import type { Result } from "../base/result";
import type { Nanos } from "../base/time";

export interface Info {
  readonly version: string;
  /** A line to show above everything, such as "demo data". */
  readonly banner: string | null;
  readonly startHint: Nanos | null;
  readonly endHint: Nanos | null;
  /** When the earliest spans arrived that are still there; null where there are none. */
  readonly rawDataFrom: Nanos | null;
}

export async function fetchInfo(signal: AbortSignal): Promise<Result<Info>> {
  return readJson(await getJson("api/v1/info", {}, signal), (reader) => {
    const demo = reader.at("demo").flag();
    const banner = reader.at("banner").optional((text) => text.text());
    const queryOnly = reader.at("query_only").optional((reason) => `spans are refused, only queries are answered: ${reason.text()}`);
    return {
      version: reader.at("version").text(),
      banner: queryOnly ?? banner ?? (demo ? "demo data" : null),
      startHint: reader.at("start_hint").optional((time) => time.nanos()),
      endHint: reader.at("end_hint").optional((time) => time.nanos()),
      rawDataFrom: reader.at("raw_data_from").optional((time) => time.nanos()),
    };
  });
}
