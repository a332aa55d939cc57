// What to propose while a clause is typed: a name, then an operator, then a value.
import type { AttributeValue } from "../api/attribute_values";
import type { AttributeInfo } from "../api/attributes";
import { OPERATORS } from "../base/clauses";
import { formatCount } from "../base/format";
import { comparison, literalFromInput, literalFromText, patternLiteral } from "../base/traceql";
import type { Proposal } from "../widgets/proposal_list";
import { READY_MADE } from "./ready_made";

export type Stage =
  | { readonly stage: "name"; readonly typed: string }
  | { readonly stage: "operator"; readonly name: string; readonly typed: string }
  | { readonly stage: "value"; readonly name: string; readonly operator: string; readonly typed: string };

const NAME = /^((?:"(?:[^"\\]|\\.)*"|[^\s"=!<>~()])+)/;

export function stageOf(text: string): Stage {
  const name = NAME.exec(text)?.[1];
  if (name === undefined) return { stage: "name", typed: text };
  const rest = text.slice(name.length);
  const match = /^\s*([=!<>~]{1,2})(\s*)(.*)$/s.exec(rest);
  if (match === null) return /^\s+$/.test(rest) ? { stage: "operator", name, typed: "" } : { stage: "name", typed: text };
  const [, operator = "", space = "", typed = ""] = match;
  if (space === "" && typed === "") return { stage: "operator", name, typed: operator };
  return { stage: "value", name, operator, typed };
}

const PROPOSALS_MAX = 60;

const READY_PLACES = new Map(READY_MADE.map(({ name }, place) => [name, place] as const));

/** What the server knows, and the ready-made names before it has answered. */
function withReadyMade(attributes: readonly AttributeInfo[]): readonly Pick<AttributeInfo, "name" | "type" | "count" | "distinct">[] {
  const known = new Set(attributes.map(({ name }) => name));
  const missing = READY_MADE.filter(({ name }) => !known.has(name));
  return [...attributes, ...missing.map(({ name, type }) => ({ name, type, count: 0, distinct: null }))];
}

/** Names that hold what is typed: those that begin with it first, then the ready-made ones, then the most frequent. */
export function proposeNames(attributes: readonly AttributeInfo[], typed: string): readonly Proposal[] {
  const wanted = typed.trim().toLowerCase();
  const begins = (name: string) => (name.toLowerCase().startsWith(wanted) ? 0 : 1);
  const place = (name: string) => READY_PLACES.get(name) ?? READY_MADE.length;
  return withReadyMade(attributes)
    .filter((attribute) => attribute.name.toLowerCase().includes(wanted))
    .sort((a, b) => begins(a.name) - begins(b.name) || place(a.name) - place(b.name) || b.count - a.count)
    .slice(0, PROPOSALS_MAX)
    .map(({ name, type, distinct }) => ({
      key: name,
      label: name,
      detail: distinct === null ? type : `${type}, ${formatCount(distinct)} distinct`,
    }));
}

const MEANINGS: Readonly<Record<string, string>> = {
  "=": "is",
  "!=": "is not",
  "=~": "matches the regular expression",
  "!~": "does not match",
  ">=": "at least",
  "<=": "at most",
  ">": "above",
  "<": "below",
};

export function proposeOperators(typed: string): readonly Proposal[] {
  return OPERATORS.filter((operator) => operator.startsWith(typed)).map((operator) => ({
    key: operator,
    label: operator,
    detail: MEANINGS[operator] ?? "",
  }));
}

/** The type of an attribute; the list of names knows it better than the values do. */
export function typeOf(attributes: readonly AttributeInfo[] | null, name: string): string | null {
  return attributes?.find((attribute) => attribute.name === name)?.type ?? null;
}

/** Values as the literals that a click inserts; for a regular expression, its special characters escaped. */
export function proposeValues(
  { name, operator }: { readonly name: string; readonly operator: string },
  type: string | null,
  values: readonly AttributeValue[],
): readonly Proposal[] {
  return values.map(({ text, type: seen, count }) => ({
    key: operator.endsWith("~") ? patternLiteral(text) : literalFromText(name, text, type ?? seen),
    label: text,
    detail: formatCount(count),
  }));
}

/** The clause for what was typed: a simple comparison gets its value quoted, anything else stays as it is. */
export function clauseFromInput(text: string): string | null {
  const stage = stageOf(text.trim());
  if (stage.stage === "value") {
    const compound = /&&|\|\|/.test(stage.typed);
    return compound ? text.trim() : comparison(stage.name, stage.operator, literalFromInput(stage.typed));
  }
  return text.trim() === "" || stage.stage === "operator" ? null : /[()=!<>]/.test(text) ? text.trim() : null;
}
