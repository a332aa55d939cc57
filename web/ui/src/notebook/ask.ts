// Asks a cell's question; the answer stays as the API gave it, so that it can be pinned and exported.
import { type ReadonlySignal, signal as reactive } from "@preact/signals";
import { askCompare } from "../api/compare";
import { askLatency } from "../api/latency";
import { askQuery } from "../api/search";
import { askShares } from "../api/shares";
import { askTrace } from "../api/trace";
import type { OnProgress } from "../base/answer_stream";
import type { Json } from "../base/json";
import { type Result, failure, success } from "../base/result";
import { slowFrom } from "../explore/threshold";
import { type CompareQuestion, type Question, spansetOf, sqlText } from "./questions";
import { createQueue } from "./queue";

export interface CellAnswer {
  readonly answer: Json;
  /** Of a comparison: what was selected, where the question left it to p99. */
  readonly selection: string | null;
}

const AT_ONCE = 4;
const queue = createQueue(AT_ONCE);
const count = reactive(0);

/** How many questions of cells are under way or wait for their turn. */
export const awaited: ReadonlySignal<number> = count;

/** Waits for its turn: a notebook does not ask for all of its cells at once. */
export async function askInTurn(question: Question, signal: AbortSignal, onProgress?: OnProgress): Promise<Result<CellAnswer>> {
  count.value++;
  try {
    return await queue.run(() => ask(question, signal, onProgress), signal, () => failure("cancelled", "the request was cancelled"));
  } finally {
    count.value--;
  }
}

async function ask(question: Question, signal: AbortSignal, onProgress?: OnProgress): Promise<Result<CellAnswer>> {
  if (question.kind === "compare") return askComparison(question.request, signal, onProgress);
  const answer = await askPlain(question, signal, onProgress);
  return answer.ok ? success({ answer: answer.value as Json, selection: null }) : answer;
}

async function askPlain(question: Exclude<Question, { kind: "compare" }>, signal: AbortSignal, onProgress?: OnProgress): Promise<Result<unknown>> {
  switch (question.kind) {
    case "latency":
      return askLatency(question.request, signal, onProgress);
    case "query":
      return askQuery(question.request, signal, onProgress);
    case "sql": {
      const { text, range } = question;
      const sql = sqlText(text, range);
      if (sql === null) return failure("invalid", `${range.from} – ${range.to} is not a range of time`);
      return askQuery({ lang: "sql", text: sql }, signal, onProgress);
    }
    case "shares":
      return askShares(question.request, signal, onProgress);
    case "trace":
      return askTrace(question.request, signal);
  }
}

async function askComparison(question: CompareQuestion, signal: AbortSignal, onProgress?: OnProgress): Promise<Result<CellAnswer>> {
  const { of, filter, range } = question;
  const asked = { start: range.from, end: range.to };
  const baseline = question.baseline === null ? null : { start: question.baseline.from, end: question.baseline.to };
  let selection = question.selection ?? (baseline === null ? null : "{ }");
  if (selection === null) {
    const slow = await slowFrom(of, filter, asked, signal);
    if (!slow.ok) return slow;
    selection = `duration >= ${slow.value}ns`;
  }
  const answer = await askCompare({ of, filter, selection: spansetOf(selection), ...asked, baseline }, signal, onProgress);
  return answer.ok ? success({ answer: answer.value as Json, selection }) : answer;
}
