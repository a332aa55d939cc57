// What a panel of its own shows while there is no answer to its question: that it is under way and can be cancelled, or why not.
import type { ComponentChildren } from "preact";
import { Button } from "../widgets/button";
import { FailureState, Skeleton } from "../widgets/states";
import type { AnswerState } from "./use_answer";

interface AnswerStatesProps<Value> {
  readonly answer: AnswerState<Value>;
  readonly height: number;
  readonly children: (value: Value) => ComponentChildren;
}

export function AnswerStates<Value>({ answer, height, children }: AnswerStatesProps<Value>) {
  const { value, failure, loading } = answer;
  return (
    <>
      <div class={`progress ${loading ? "on" : ""}`} aria-hidden="true" />
      {value === null && failure === null && (
        <div class="under-way">
          <Skeleton height={height} />
          {loading && <Button onClick={answer.cancel}>Cancel</Button>}
        </div>
      )}
      {failure !== null && <FailureState failure={failure} onRetry={answer.retry} />}
      {failure === null && value !== null && children(value)}
    </>
  );
}
