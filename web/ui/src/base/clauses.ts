// A filter as an ordered list of clauses: joined to one TraceQL span filter, split again, taken apart for display.

/** `{ a && b }`. */
export function joinClauses(clauses: readonly string[]): string {
  return clauses.length === 0 ? "{ }" : `{ ${conjunction(clauses, " && ")} }`;
}

/** All of the clauses; one that holds a top-level || is put into parentheses where it is not alone. */
export function conjunction(clauses: readonly string[], and: string): string {
  const single = clauses.length === 1;
  return clauses.map((clause) => (!single && splitTop(clause, "||").length > 1 ? `(${clause})` : clause)).join(and);
}

/** The clauses of `{ … }` or of the bare text within; a top-level ||, or braces of more than one filter, make it one clause. */
export function splitFilter(text: string): readonly string[] {
  const trimmed = withoutComments(text).trim();
  const inner = (trimmed.startsWith("{") && trimmed.endsWith("}") ? trimmed.slice(1, -1) : trimmed).trim();
  if (inner === "") return [];
  if (splitTop(inner, "||").length > 1 || /[{}]/.test(withoutStrings(inner))) return [inner];
  return splitTop(inner, "&&").map((clause) => clause.trim()).filter((clause) => clause !== "");
}

/** A slash within a name begins no comment. */
const STRINGS_AND_COMMENTS = /"(?:[^"\\]|\\.)*"|`[^`]*`|(?<=^|[\s{}()=~!<>&|^,"`])(?:\/\/[^\n]*|\/\*.*?\*\/)/gs;

/** A clause ends no line, so that a comment would hide what follows it. */
export function withoutComments(text: string): string {
  return text.replace(STRINGS_AND_COMMENTS, (found) => (found.startsWith("/") ? " " : found));
}

/** The same length of text, with blanks where strings and comments are. */
export function withoutStrings(text: string): string {
  return text.replace(STRINGS_AND_COMMENTS, (found) => " ".repeat(found.length));
}

/** Splits at a two-character operator outside strings and parentheses. */
export function splitTop(text: string, operator: "&&" | "||"): readonly string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let index = 0; index < text.length; index++) {
    const character = text[index];
    if (character === '"' || character === "`") index = endOfString(text, index);
    else if (character === "(") depth++;
    else if (character === ")") depth--;
    else if (depth === 0 && text.startsWith(operator, index)) {
      parts.push(text.slice(start, index));
      index += 1;
      start = index + 1;
    }
  }
  parts.push(text.slice(start));
  return parts;
}

/** The index of the closing quote, or of the last character where the string is open. */
function endOfString(text: string, open: number): number {
  const quote = text[open];
  for (let index = open + 1; index < text.length; index++) {
    if (text[index] === "\\" && quote === '"') index++;
    else if (text[index] === quote) return index;
  }
  return text.length - 1;
}

export const OPERATORS = ["=", "!=", "=~", "!~", ">=", "<=", ">", "<"] as const;

export interface ClauseParts {
  readonly name: string;
  readonly operator: string;
  readonly value: string;
}

/** Name, operator and value of a simple comparison; null for anything else, such as a disjunction. */
export function clauseParts(clause: string): ClauseParts | null {
  const match = /^((?:"(?:[^"\\]|\\.)*"|[^\s"=!<>~()&|])+)\s*(=~|!~|!=|>=|<=|=|>|<)\s*(.+)$/s.exec(clause.trim());
  if (match === null) return null;
  const [, name = "", operator = "", value = ""] = match;
  const alone = splitTop(value, "&&").length === 1 && splitTop(value, "||").length === 1;
  return alone ? { name, operator, value: value.trim() } : null;
}

/** Whether the clause leaves a value out; `!= ""` and `!= nil` ask that there is one. */
export function excludes(clause: string): boolean {
  const parts = clauseParts(clause);
  if (parts?.operator === "!=") return parts.value !== '""' && parts.value !== "nil";
  return parts?.operator === "!~";
}

/** Cuts a text at a position counted in UTF-8 bytes: before, the marked part, after. */
export function cutAtBytes(text: string, offset: number, length: number): readonly [string, string, string] {
  const bytes = new TextEncoder().encode(text);
  const decode = (from: number, to: number) => new TextDecoder().decode(bytes.subarray(from, to));
  const start = Math.min(Math.max(offset, 0), bytes.length);
  const end = Math.min(start + Math.max(length, 0), bytes.length);
  return [decode(0, start), decode(start, end), decode(end, bytes.length)];
}
