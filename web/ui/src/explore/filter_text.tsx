// The filter as text. Stays open until the server takes it, so that what it objects to can be corrected at once.
import { useEffect, useRef, useState } from "preact/hooks";
import { joinClauses, splitFilter } from "../base/clauses";
import { keepQuestion } from "../question/history";
import { QuestionText } from "../question/question_text";
import type { Model } from "./model";

export function FilterText({ model, onDone }: { readonly model: Model; readonly onDone: () => void }) {
  const [text, setText] = useState(joinClauses(model.view.peek().clauses));
  const shown = useRef(model.view.peek().clauses);
  const applied = useRef(false);
  const { clauses } = model.view.value;
  const { loading, failure } = model.latency.state.value;
  useEffect(() => {
    if (shown.current !== clauses) setText(joinClauses(clauses));
    shown.current = clauses;
  }, [clauses]);
  useEffect(() => {
    if (!applied.current || loading) return;
    applied.current = false;
    if (failure?.kind === "invalid") return;
    keepQuestion(joinClauses(clauses));
    onDone();
  }, [loading, clauses]);
  return (
    <QuestionText
      label="Filter in TraceQL; Enter applies, Escape leaves it as it was"
      text={text}
      onText={setText}
      range={model.range.value}
      onlyFilter
      onApply={() => {
        applied.current = true;
        model.change({ clauses: splitFilter(text) });
      }}
      onCancel={onDone}
    />
  );
}
