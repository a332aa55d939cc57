// POST /api/v1/parse: what a TraceQL text is, what is wrong with it and where, what can be written at a place in it.
import { postJson } from "../base/client";
import { type Reader, readJson } from "../base/json";
import type { Result, TextPosition } from "../base/result";

export interface ParseRequest {
  readonly text: string;
  /** In bytes. */
  readonly cursor: number;
}

export interface Parsed {
  /** A condition on one span, a search over whole traces, series; null where the text is no query. */
  readonly kind: "filter" | "spans" | "metrics" | null;
  readonly error: { readonly message: string; readonly position: TextPosition } | null;
  readonly completion: Completion | null;
}

export interface Completion {
  /** Such as attribute, comparison, value, connector. */
  readonly what: string;
  /** Whose values or comparisons. */
  readonly attribute: string | null;
  /** Words of the language that fit. */
  readonly words: readonly string[];
  /** What a proposal takes the place of, in bytes. */
  readonly replaces: TextPosition;
  /** Spans that meet it have the names and values worth proposing. */
  readonly filter: string;
}

export async function fetchParse(request: ParseRequest, signal: AbortSignal): Promise<Result<Parsed>> {
  return readJson(await postJson("api/v1/parse", request, signal), (reader) => ({
    kind: reader.at("kind").optional((kind) => kind.text() as Exclude<Parsed["kind"], null>),
    error: reader.at("error").optional((error) => ({ message: error.at("message").text(), position: readPosition(error.at("position")) })),
    completion: reader.at("completion").optional(readCompletion),
  }));
}

function readCompletion(reader: Reader): Completion {
  return {
    what: reader.at("what").text(),
    attribute: reader.at("attribute").optional((name) => name.text()),
    words: reader.at("words").list((word) => word.text()),
    replaces: readPosition(reader.at("replaces")),
    filter: reader.at("filter").text(),
  };
}

function readPosition(reader: Reader): TextPosition {
  return { offset: reader.at("offset").number(), length: reader.at("length").number() };
}
