// The questions last asked on this browser, the latest first.
import { signal } from "@preact/signals";
import { recall, remember } from "../base/storage";

const KEY = "tailplane.questions";
const QUESTIONS_MAX = 20;
/** Longer ones are rather kept in a notebook. */
const LENGTH_MAX = 2_000;

export const pastQuestions = signal<readonly string[]>(readQuestions(recall(KEY)));

/** What was kept; nothing where it cannot be read. */
export function readQuestions(kept: string | null): readonly string[] {
  try {
    const list: unknown = JSON.parse(kept ?? "[]");
    return Array.isArray(list) ? list.filter((text) => typeof text === "string").slice(0, QUESTIONS_MAX) : [];
  } catch {
    return [];
  }
}

/** Puts a question first, wherever it stood before. */
export function withQuestion(questions: readonly string[], text: string): readonly string[] {
  const question = text.trim();
  if (question === "" || question.length > LENGTH_MAX) return questions;
  return [question, ...questions.filter((other) => other !== question)].slice(0, QUESTIONS_MAX);
}

export function keepQuestion(text: string): void {
  pastQuestions.value = withQuestion(pastQuestions.peek(), text);
  remember(KEY, JSON.stringify(pastQuestions.peek()));
}

export function forgetQuestions(): void {
  pastQuestions.value = [];
  remember(KEY, "[]");
}
