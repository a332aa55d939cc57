// Canned answers about TraceQL texts: enough of the language to complete one condition after another.

const bytes = (text) => Buffer.byteLength(text);
const between = (offset) => ({ offset, length: 0 });

function errorOf(text) {
  const wrong = text.indexOf("=~~");
  if (wrong >= 0) return { message: "expected a value after =~, found ~", position: { offset: bytes(text.slice(0, wrong)), length: 3 } };
  const open = /[=<>~]\s*\}?\s*$/.exec(text);
  if (open !== null) return { message: "expected a value, found the end of the text", position: between(bytes(text)) };
  return null;
}

/** What can be written at the end of the text before the cursor. */
function completionOf(text, cursor) {
  const before = Buffer.from(text).subarray(0, cursor).toString();
  const at = (what, piece, words, attribute) => ({
    what,
    words,
    ...(attribute === undefined ? {} : { attribute }),
    replaces: { offset: cursor - bytes(piece), length: bytes(piece) },
    filter: "{ kind = server }",
  });
  const value = /([\w.:-]+)\s*(?:=~|!~|!=|>=|<=|=|<|>)\s*("?[^\s"]*)$/.exec(before);
  if (value !== null) return at("value", value[2], ["nil", "true", "false"], value[1]);
  const comparison = /[{&|(]\s*([\w.:-]+)\s+$/.exec(before);
  if (comparison !== null) return at("comparison", "", ["=", "!=", "=~", "!~", ">", "<"], comparison[1]);
  const name = /[{&|(]\s*([\w.:-]*)$/.exec(before);
  if (name !== null) return at("attribute", name[1], ["kind", "self_time", "span.", "resource."]);
  return at("connector", "", ["&&", "||", "}"]);
}

/**
 * Answers a text.
 * @param {{ text?: string, cursor?: number }} question
 */
export function parseAnswer({ text = "", cursor }) {
  const error = errorOf(text);
  const kind = error !== null ? null : />>/.test(text) ? "spans" : /\|\s*rate/.test(text) ? "metrics" : "filter";
  return {
    kind,
    ...(error === null ? { canonical: text, needs_whole_trace: kind === "spans" } : { error }),
    ...(cursor === undefined ? {} : { completion: completionOf(text, cursor) }),
  };
}

export const ledgerAnswer = {
  since: "1794990000000000000",
  available_from: "1794990000000000000",
  start: "1794999060000000000",
  end: "1795000020000000000",
  totals: {
    received_requests: 420,
    received_spans: 168_204,
    acknowledged_spans: 167_139,
    duplicate_spans: 512,
    late_spans: 3,
    refused: { rate_limited: { requests: 2, bytes: 90_112, spans: 553, unread_requests: 0 } },
  },
  minutes: [],
  tenants: [],
  current: null,
};
