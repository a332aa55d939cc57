// The last answer of each cell, with the question that it answers: pins and exports take no answer to another one.
import type { ReadonlySignal } from "@preact/signals";
import type { CellAnswer } from "./ask";
import type { Cell } from "./document";
import { type NotebookScope, type Question, questionOf } from "./questions";

export type Answers = ReturnType<typeof createAnswers>;

export function createAnswers(scope: ReadonlySignal<NotebookScope>) {
  const last = new Map<string, { readonly question: string; readonly answer: CellAnswer }>();
  return {
    keep: (id: string, question: Question, answer: CellAnswer) => void last.set(id, { question: JSON.stringify(question), answer }),
    /** What the server said to what the cell asks now; null where it was not asked that. */
    of(cell: Cell): CellAnswer | null {
      const known = last.get(cell.id);
      return known?.question === JSON.stringify(questionOf(cell, scope.peek())) ? known.answer : null;
    },
    clear: () => last.clear(),
  };
}
