// Edits the fields of a cell: leaving by Escape or Run keeps what is typed where it can be read, Cancel leaves all as it was.
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { Button } from "../widgets/button";
import type { Cell } from "./document";
import { type Field, type Texts, cellFrom, fieldsOf, textsOf } from "./fields";

interface CellEditorProps {
  readonly cell: Cell;
  /** With the changed cell, or the same where nothing was changed. */
  readonly onDone: (cell: Cell) => void;
  /** Registers what takes over the typed text where the editor goes without a word; returns how the editor says that it is gone. */
  readonly whileTyping: (takeOver: () => void) => () => void;
  /** With the changed cell, where the editor goes without a word. */
  readonly onTyped: (cell: Cell) => void;
}

export function CellEditor(props: CellEditorProps) {
  const { cell } = props;
  const [texts, setTexts] = useState<Texts>(() => textsOf(cell));
  const { leave, isTouched } = useTaking(props, texts);
  const [problem, setProblem] = useState<string | null>(null);
  const form = useRef<HTMLFormElement>(null);
  const { own, frame } = fieldsOf(cell.kind);
  useLayoutEffect(() => form.current?.querySelector<HTMLElement>("[data-first]")?.focus(), []);
  const run = () => {
    if (!isTouched()) return leave(cell);
    const changed = cellFrom(cell, texts);
    if (changed.ok) leave(changed.value);
    else setProblem(changed.failure.message);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const isCommand = event.ctrlKey || event.metaKey;
    // What is typed is part of what is saved.
    if (isCommand && event.key === "s") return run();
    const isRun = event.key === "Enter" && isCommand;
    if (!isRun && event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    run();
  };
  const input = (field: Field, isFirst: boolean) => (
    <FieldInput
      key={field.key}
      field={field}
      isFirst={isFirst}
      text={texts[field.key] ?? ""}
      onText={(text) => setTexts((before) => ({ ...before, [field.key]: text }))}
    />
  );
  const first = own.find(({ key }) => key !== "title")?.key;
  return (
    <form
      ref={form}
      class="cell-editor"
      aria-label="Edit this cell"
      onKeyDown={onKeyDown}
      onSubmit={(event) => {
        event.preventDefault();
        run();
      }}
    >
      {own.map((field) => input(field, field.key === first))}
      <details class="cell-look">
        <summary>Size, time, filters</summary>
        {frame.map((field) => input(field, false))}
      </details>
      {problem !== null && (
        <p class="error-text" role="alert">
          {problem}
        </p>
      )}
      <div class="popover-actions">
        <span class="muted">Ctrl+Enter runs, Escape leaves</span>
        <Button onClick={() => leave(cell)}>Cancel</Button>
        <Button class="primary" type="submit">
          Run
        </Button>
      </div>
    </form>
  );
}

/** Another cell's editor, a step back or another screen may end this one: what is typed is kept where it can be read. Returns how to end it knowingly, and whether anything was typed. */
function useTaking({ cell, onDone, whileTyping, onTyped }: CellEditorProps, texts: Texts) {
  const latest = useRef({ cell, texts, onTyped });
  latest.current = { cell, texts, onTyped };
  const begun = useRef(texts);
  const isLeft = useRef(false);
  const isTouched = () => latest.current.texts !== begun.current;
  useLayoutEffect(
    () =>
      whileTyping(() => {
        const now = latest.current;
        if (isLeft.current || !isTouched()) return;
        const changed = cellFrom(now.cell, now.texts);
        if (changed.ok) now.onTyped(changed.value);
      }),
    [],
  );
  const leave = (result: Cell) => {
    isLeft.current = true;
    onDone(result);
  };
  return { leave, isTouched };
}

interface FieldInputProps {
  readonly field: Field;
  readonly isFirst: boolean;
  readonly text: string;
  readonly onText: (text: string) => void;
}

function FieldInput({ field, isFirst, text, onText }: FieldInputProps) {
  const { label, hint, form, choices = [] } = field;
  const shared = { "data-first": isFirst ? "" : undefined, title: hint === "" ? undefined : hint };
  const onInput = (event: { readonly currentTarget: { readonly value: string } }) => onText(event.currentTarget.value);
  if (form === "flag")
    return (
      <label class="cell-field flag">
        <input type="checkbox" checked={text === "yes"} onChange={(event) => onText(event.currentTarget.checked ? "yes" : "")} /> {label}
      </label>
    );
  return (
    <label class="cell-field">
      <span>{label}</span>
      {form === "choice" && (
        <select {...shared} value={text} onChange={onInput}>
          {choices.map((value) => (
            <option key={value} value={value}>
              {value.replaceAll("_", " ")}
            </option>
          ))}
        </select>
      )}
      {form === "line" && <input {...shared} type="text" spellcheck={false} placeholder={hint} value={text} onInput={onInput} />}
      {form === "area" && (
        <textarea {...shared} spellcheck={field.key === "text"} placeholder={hint} rows={rowsFor(text, field.key === "text")} value={text} onInput={onInput} />
      )}
    </label>
  );
}

const ROWS_MAX = 20;

function rowsFor(text: string, isProse: boolean): number {
  const lines = text.split("\n").reduce((total, line) => total + Math.ceil((line.length + 1) / 90), 0);
  return Math.min(Math.max(lines + 1, isProse ? 6 : 2), ROWS_MAX);
}
