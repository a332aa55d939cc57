// A question of one panel and the state of its answer: an answer is shown only to the question that it answers.
import { useEffect, useMemo } from "preact/hooks";
import { createQuery } from "../base/query";
import { type Failure, type Result, success } from "../base/result";

export interface AnswerState<Value> {
  readonly loading: boolean;
  /** To this question, perhaps from before it was asked again. */
  readonly value: Value | null;
  readonly failure: Failure | null;
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
  fetchValue: (question: Question, signal: AbortSignal) => Promise<Result<Value>>,
): AnswerState<Value> {
  const query = useMemo(
    () =>
      createQuery<string, Answered<Value>>(async (text, signal) => {
        const result = await fetchValue(JSON.parse(text) as Question, signal);
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
  const { loading, value, failure } = query.state.value;
  return {
    loading,
    value: value !== null && value.question === text ? value.value : null,
    failure: loading ? null : failure,
    retry: ask,
    cancel: query.cancel,
  };
}
