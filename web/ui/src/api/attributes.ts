// GET /api/v1/attributes: the names one can filter and group by.
import { getJson } from "../base/client";
import { readJson } from "../base/json";
import type { Result } from "../base/result";

export interface AttributesRequest {
  readonly filter: string;
  readonly start: string;
  readonly end: string;
}

export interface AttributeInfo {
  /** As TraceQL spells it, such as span.http.target or kind. */
  readonly name: string;
  readonly scope: string;
  readonly type: string;
  readonly count: number;
  readonly distinct: number | null;
}

export async function fetchAttributes(request: AttributesRequest, signal: AbortSignal): Promise<Result<readonly AttributeInfo[]>> {
  const { filter, start, end } = request;
  return readJson(await getJson("api/v1/attributes", { q: filter, start, end }, signal), (reader) =>
    reader.at("attributes").list((item) => ({
      name: item.at("name").text(),
      scope: item.at("scope").text(),
      type: item.at("type").text(),
      count: item.at("count").number(),
      distinct: item.at("distinct").optional((distinct) => distinct.number()),
    })),
  );
}
