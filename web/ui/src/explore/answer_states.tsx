// What a panel of its own shows around the answer to its question: that it is under way and how far, or why it did not come.
import type { ComponentChildren } from "preact";
import { StaleNote } from "../widgets/stale_note";
import { FailureState, Skeleton } from "../widgets/states";
import { Waiting } from "../widgets/waiting";
import type { AnswerState } from "./use_answer";

interface AnswerStatesProps<Value> {
  readonly answer: AnswerState<Value>;
  readonly height: number;
  readonly children: (value: Value) => ComponentChildren;
}

/** The last answer to the same question stays where it is asked again, whatever becomes of that. */
export function AnswerStates<Value>({ answer, height, children }: AnswerStatesProps<Value>) {
  const { value, failure, loading, progress, answeredAt, retry, cancel } = answer;
  return (
    <>
      <div class={`progress ${loading ? "on" : ""}`} aria-hidden="true" />
      <Waiting loading={loading} progress={progress} onCancel={cancel} />
      {value === null && failure === null && <Skeleton height={height} />}
      {value === null && failure !== null && <FailureState failure={failure} onRetry={retry} />}
      {value !== null && failure !== null && <StaleNote failure={failure} answeredAt={answeredAt} onRetry={retry} />}
      {value !== null && children(value)}
    </>
  );
}
