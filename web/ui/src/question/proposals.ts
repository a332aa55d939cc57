// What to propose at a place of a TraceQL text, and the text with a proposal put in.
import type { AttributeInfo } from "../api/attributes";
import type { AttributeValue } from "../api/attribute_values";
import type { Completion } from "../api/parse";
import { cutAtBytes } from "../base/clauses";
import { formatCount } from "../base/format";
import { literalFromText, patternLiteral } from "../base/traceql";
import type { Proposal } from "../widgets/proposal_list";

/** What is known of the place. */
export interface Known {
  readonly completion: Completion;
  /** Of spans that meet the completion's filter. */
  readonly attributes: readonly AttributeInfo[];
  /** Of the completion's attribute. */
  readonly values: readonly AttributeValue[];
}

const PROPOSALS_MAX = 60;
/** Words that another word or a value follows at once. */
const OPENS = /[.({]$/;

/** The piece of the text before the cursor that a proposal completes. */
export function typedPiece(text: string, { replaces }: Completion, cursor: number): string {
  const end = Math.max(Math.min(cursor - replaces.offset, replaces.length), 0);
  return cutAtBytes(text, replaces.offset, end)[1];
}

export function proposalsAt(text: string, cursor: number, known: Known): readonly Proposal[] {
  const { completion } = known;
  const typed = typedPiece(text, completion, cursor).replace(/^["`]/, "").toLowerCase();
  const begins = ({ label }: Proposal) => (label.toLowerCase().startsWith(typed) ? 0 : 1);
  const all = completion.what === "attribute" ? names(known) : completion.what === "value" ? values(text, known) : wordsOf(completion);
  return all
    .filter(({ label }) => label.toLowerCase().includes(typed))
    .sort((a, b) => begins(a) - begins(b))
    .slice(0, PROPOSALS_MAX);
}

/** The most frequent first, then scopes of attributes that are not known yet. */
function names({ attributes, completion }: Known): readonly Proposal[] {
  const known = [...attributes].sort((a, b) => b.count - a.count).map(({ name, type, distinct }) => ({
    key: name,
    label: name,
    detail: distinct === null ? type : `${type}, ${formatCount(distinct)} distinct`,
  }));
  const listed = new Set(known.map(({ key }) => key));
  const words = wordsOf(completion).filter(({ key }) => !listed.has(key));
  return [...known, ...words];
}

function values(text: string, { completion, values: known, attributes }: Known): readonly Proposal[] {
  const name = completion.attribute ?? "";
  const isPattern = /[=!]~\s*$/.test(cutAtBytes(text, 0, completion.replaces.offset)[1]);
  const type = attributes.find((attribute) => attribute.name === name)?.type ?? null;
  const proposed = known.map((value) => ({
    key: isPattern ? patternLiteral(value.text) : literalFromText(name, value.text, type ?? value.type),
    label: value.text,
    detail: formatCount(value.count),
  }));
  const listed = new Set(proposed.map(({ key }) => key));
  return [...proposed, ...(isPattern ? [] : wordsOf(completion).filter(({ key }) => !listed.has(key)))];
}

function wordsOf({ words }: Completion): readonly Proposal[] {
  return words.map((word) => ({ key: word, label: word, detail: "" }));
}

export interface Spliced {
  readonly text: string;
  /** Where the cursor goes, in characters. */
  readonly cursor: number;
}

/** The text with a proposal in its place, apart from what stands beside it. */
export function splice(text: string, { replaces }: Completion, word: string): Spliced {
  const [before, , after] = cutAtBytes(text, replaces.offset, replaces.length);
  const lead = replaces.length > 0 || before === "" || /[\s({!]$/.test(before) ? "" : " ";
  const tail = OPENS.test(word) ? (word === "{" ? " " : "") : /^\s/.test(after) ? "" : " ";
  const head = `${before}${lead}${word}${tail}`;
  // Where a blank follows anyway, the cursor goes behind it.
  const skip = tail === "" && !OPENS.test(word) && /^\s/.test(after) ? 1 : 0;
  return { text: head + after, cursor: head.length + skip };
}

/** The byte that a position in characters stands at. */
export function byteAt(text: string, position: number): number {
  return new TextEncoder().encode(text.slice(0, position)).length;
}
