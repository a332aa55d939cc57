// Writes the pieces of a TraceQL span filter: strings, attribute names, values, comparisons.
import type { Json } from "./json";

export type AttributeScope = "span" | "resource" | "event" | "link" | "instrumentation";

const ESCAPES: Readonly<Record<string, string>> = { '"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** A TraceQL string with Go's escapes. */
export function quoteString(text: string): string {
  const escaped = text.replace(/["\\\u0000-\u001f\u007f]/g, (character) => {
    const short = ESCAPES[character];
    return short ?? `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`;
  });
  return `"${escaped}"`;
}

/** span.http.target, resource."odd key": characters that end a name are quoted. */
export function attributeName(scope: AttributeScope, key: string): string {
  if (key !== "" && !/[\s{}()=~!<>&|^,"\\]/.test(key)) return `${scope}.${key}`;
  return `${scope}."${key.replace(/["\\]/g, "\\$&")}"`;
}

/** A span's value as a TraceQL literal; null where TraceQL has none (bytes, arrays, maps). */
export function literal(value: Json, type: string): string | null {
  switch (type) {
    case "string":
      return typeof value === "string" ? quoteString(value) : null;
    case "int":
    case "double":
      return NUMBER.test(String(value)) ? String(value) : null;
    case "bool":
      return typeof value === "boolean" ? String(value) : null;
    default:
      return null;
  }
}

const ENUMERATIONS = new Set(["kind", "status", "span:kind", "span:status"]);
const NUMBER = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/;

/** A value that the API sent as text, as a literal of its attribute's type ("mixed" where spans differ, null where unknown). */
export function literalFromText(name: string, text: string, type: string | null): string {
  if (ENUMERATIONS.has(name)) return text;
  switch (type) {
    case "kind":
    case "status":
    case "duration":
      return text;
    case "bool":
      return text === "true" || text === "false" ? text : quoteString(text);
    case "int":
    case "double":
    case "mixed":
      return NUMBER.test(text) ? text : quoteString(text);
    default:
      return quoteString(text);
  }
}

const WORDS = new Set("true false nil ok error unset unspecified internal server client producer consumer".split(" "));

/** What a person typed as a value: kept when it is a literal already, else quoted. */
export function literalFromInput(input: string): string {
  const text = input.trim();
  if (/^".*"$/s.test(text) || /^`[^`]*`$/.test(text) || WORDS.has(text)) return text;
  if (/^-?\d+(\.\d+)?$/.test(text) || /^(\d+(\.\d+)?(ns|us|µs|ms|s|m|h|d|w))+$/.test(text)) return text;
  return quoteString(text);
}

/** A regular expression that matches this text alone, as a TraceQL string. */
export function patternLiteral(text: string): string {
  return quoteString(text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
}

/** `name = "GET /api"`, or a test for absence where there is no value. */
export function comparison(name: string, operator: string, value: string | null): string {
  return `${name} ${operator} ${value ?? "nil"}`;
}
