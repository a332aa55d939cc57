// Asks the server about the text at the cursor, after a pause in typing, and for the names and values that fit there.
import { useEffect, useMemo } from "preact/hooks";
import { type AttributeValue, type AttributeValuesRequest, fetchAttributeValues } from "../api/attribute_values";
import { type AttributeInfo, type AttributesRequest, fetchAttributes } from "../api/attributes";
import { type ParseRequest, type Parsed, fetchParse } from "../api/parse";
import { createQuery } from "../base/query";
import { success } from "../base/result";
import type { Proposal } from "../widgets/proposal_list";
import { proposalsAt, typedPiece } from "./proposals";

/** Time expressions, as the API takes them. */
export interface QuestionRange {
  readonly from: string;
  readonly to: string;
}

interface Answered extends ParseRequest {
  readonly parsed: Parsed;
}

export interface AtCursor {
  /** Of the text as it is; null until it is known. */
  readonly parsed: Parsed | null;
  readonly proposals: readonly Proposal[];
}

const TYPING_PAUSE_MS = 120;

/** `cursor` is in bytes. */
export function useProposals(text: string, cursor: number, range: QuestionRange): AtCursor {
  const { parse, attributes, values } = useMemo(createQueries, []);
  useEffect(() => {
    const timer = setTimeout(() => void parse.run({ text, cursor }), TYPING_PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text, cursor]);
  useEffect(() => () => [parse, attributes, values].forEach((query) => query.clear()), []);

  const answer = parse.state.value.value;
  const current = answer !== null && answer.text === text && answer.cursor === cursor ? answer : null;
  const completion = answer?.parsed.completion ?? null;
  const time = { start: range.from, end: range.to };
  const wantsNames = completion?.what === "attribute" || completion?.what === "value";
  const filter = wantsNames ? completion.filter : null;
  useEffect(() => {
    if (filter !== null) void attributes.run({ filter, ...time });
  }, [filter, range.from, range.to]);
  const attribute = completion?.what === "value" ? completion.attribute : null;
  const prefix = attribute === null || answer === null || completion === null ? "" : bare(typedPiece(answer.text, completion, answer.cursor));
  useEffect(() => {
    if (attribute === null || filter === null) values.clear();
    else void values.run({ name: attribute, filter, prefix, ...time });
  }, [attribute, filter, prefix, range.from, range.to]);

  const known = current?.parsed.completion ?? null;
  return {
    parsed: current?.parsed ?? null,
    proposals:
      known === null
        ? []
        : proposalsAt(text, cursor, { completion: known, attributes: attributes.state.value.value ?? [], values: values.state.value.value ?? [] }),
  };
}

function createQueries() {
  return {
    parse: createQuery<ParseRequest, Answered>(async (request, signal) => {
      const result = await fetchParse(request, signal);
      return result.ok ? success({ ...request, parsed: result.value }) : result;
    }),
    attributes: createQuery<AttributesRequest, readonly AttributeInfo[]>(fetchAttributes),
    values: createQuery<AttributeValuesRequest, readonly AttributeValue[]>(fetchAttributeValues),
  };
}

/** Without the quotes that a value begins and ends with. */
function bare(typed: string): string {
  return typed.replace(/^["`]/, "").replace(/["`]$/, "");
}
