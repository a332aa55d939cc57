// GET /api/v1/attributes/{name}/values: the values an attribute has, most frequent first.
import { getJson } from "../base/client";
import { readJson } from "../base/json";
import type { Result } from "../base/result";

export interface AttributeValuesRequest {
  readonly name: string;
  readonly filter: string;
  readonly start: string;
  readonly end: string;
  readonly prefix: string;
}

export interface AttributeValue {
  /** As text, whatever its type. */
  readonly text: string;
  readonly type: string;
  readonly count: number;
}

const LIMIT = 50;

export async function fetchAttributeValues(
  request: AttributeValuesRequest,
  signal: AbortSignal,
): Promise<Result<readonly AttributeValue[]>> {
  const { filter, start, end } = request;
  const path = `api/v1/attributes/${encodeURIComponent(request.name)}/values`;
  const prefix = request.prefix === "" ? undefined : request.prefix;
  const answer = await getJson(path, { q: filter, start, end, prefix, limit: String(LIMIT) }, signal);
  return readJson(answer, (reader) =>
    reader.at("values").list((item) => ({
      text: item.at("value").text(),
      type: item.at("type").text(),
      count: item.at("count").number(),
    })),
  );
}
