// Literals: TraceQL's read, SQL's written.

export type Literal =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "number"; readonly number: string }
  | { readonly kind: "word"; readonly word: string };

const SHORT_ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", a: "\u0007", b: "\b", f: "\f", v: "\u000b" };
const UNIT_NANOS: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3_600e9,
  d: 86_400e9,
  w: 604_800e9,
};

/** A literal of TraceQL: a string with Go's escapes or in backquotes, a number, a duration (as nanoseconds), a word. Null for anything else. */
export function readLiteral(text: string): Literal | null {
  if (/^"(?:[^"\\]|\\.)*"$/s.test(text)) return { kind: "text", text: unescape(text.slice(1, -1)) };
  if (/^`[^`]*`$/s.test(text)) return { kind: "text", text: text.slice(1, -1) };
  if (/^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(text)) return { kind: "number", number: text };
  if (/^(\d+(\.\d+)?(ns|us|µs|ms|s|m|h|d|w))+$/.test(text)) return { kind: "number", number: durationNanos(text) };
  return /^[a-z]+$/.test(text) ? { kind: "word", word: text } : null;
}

function durationNanos(text: string): string {
  let total = 0;
  for (const [, count = "", , unit = ""] of text.matchAll(/(\d+(\.\d+)?)(ns|us|µs|ms|s|m|h|d|w)/g)) total += Number(count) * (UNIT_NANOS[unit] ?? 0);
  return String(Math.round(total));
}

function unescape(text: string): string {
  return text.replace(/\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-7]{3}|.)/gs, (_, code: string) => {
    if (/^[xuU]./.test(code)) return String.fromCodePoint(Number.parseInt(code.slice(1), 16));
    if (/^[0-7]{3}$/.test(code)) return String.fromCodePoint(Number.parseInt(code, 8));
    return SHORT_ESCAPES[code] ?? code;
  });
}

/** 'it''s' */
export function sqlText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
