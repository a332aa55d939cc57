// The questions asked before, folded away: one is put into the text, where it can still be changed.
import { useState } from "preact/hooks";
import { Button } from "../widgets/button";
import { ChevronIcon } from "../widgets/icons";
import { forgetQuestions, pastQuestions } from "./history";

export function PastQuestions({ onChoose }: { readonly onChoose: (question: string) => void }) {
  const [open, setOpen] = useState(false);
  const questions = pastQuestions.value;
  if (questions.length === 0) return null;
  const choose = (question: string) => {
    setOpen(false);
    onChoose(question);
  };
  return (
    <div
      class="past-questions"
      onKeyDown={(event) => {
        if (event.key !== "Escape" || !open) return;
        event.stopPropagation();
        setOpen(false);
      }}
    >
      <button type="button" class="button" aria-expanded={open} onClick={() => setOpen(!open)}>
        Asked before <ChevronIcon />
      </button>
      {open && (
        <div class="popover">
          <ul aria-label="Questions asked before">
            {questions.map((question) => (
              <li key={question}>
                <button type="button" class="link-button" onClick={() => choose(question)}>
                  <code>{question}</code>
                </button>
              </li>
            ))}
          </ul>
          <div class="popover-actions">
            <Button onClick={forgetQuestions}>Forget them</Button>
          </div>
        </div>
      )}
    </div>
  );
}
