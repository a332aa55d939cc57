// A question of one panel and the state of its answer: an answer is shown only to the question that it answers.
import type { ReadonlySignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import type { OnProgress, Progress } from "../base/answer_stream";
import { createQuery } from "../base/query";
import { type Failure, type Result, success } from "../base/result";

export interface AnswerState<Value> {
  readonly loading: boolean;
  /** To this question, perhaps from before it was asked again. */
  readonly value: Value | null;
  readonly failure: Failure | null;
  /** When the value came, in milliseconds since the epoch. */
  readonly answeredAt: number | null;
  /** How far the question is; null where nothing is known of it. */
  readonly progress: ReadonlySignal<Progress | null>;
  readonly retry: () => void;
  readonly cancel: () => void;
}

interface Answered<Value> {
  readonly question: string;
  readonly value: Value;
}

/** Asks when the question changes, and whenever `round` does; null asks nothing. */
export function useAnswer<Question, Value>(
  question: Question | null,
  round: number,
  fetchValue: (question: Question, signal: AbortSignal, onProgress: OnProgress) => Promise<Result<Value>>,
): AnswerState<Value> {
  const query = useMemo(
    () =>
      createQuery<string, Answered<Value>>(async (text, signal, onProgress) => {
        const result = await fetchValue(JSON.parse(text) as Question, signal, onProgress);
        return result.ok ? success({ question: text, value: result.value }) : result;
      }),
    [],
  );
  const text = question === null ? null : JSON.stringify(question);
  const ask = () => {
    if (text !== null) void query.run(text);
  };
  useEffect(ask, [text, round]);
  useEffect(() => query.clear, []);
  const { loading, value, failure, answeredAt } = query.state.value;
  return {
    loading,
    value: value !== null && value.question === text ? value.value : null,
    failure: loading ? null : failure,
    answeredAt,
    progress: query.progress,
    retry: ask,
    cancel: query.cancel,
  };
}
