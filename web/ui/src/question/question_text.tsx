// A question as TraceQL text: proposals at the cursor, what is wrong with it underlined, the questions asked before.
import { useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import { cutAtBytes } from "../base/clauses";
import { formatQuantity } from "../base/format";
import type { TextPosition } from "../base/result";
import { Button } from "../widgets/button";
import { ProposalList } from "../widgets/proposal_list";
import { type Spliced, byteAt, splice } from "./proposals";
import { PastQuestions } from "./past_questions";
import { handleKey } from "./question_keys";
import { type QuestionRange, useProposals } from "./use_proposals";
import "../style/question.css";

export interface QuestionTextProps {
  readonly label: string;
  readonly text: string;
  readonly onText: (text: string) => void;
  /** Names and values of this time are proposed. */
  readonly range: QuestionRange;
  /** Whether one condition on a span is all that can be asked here. */
  readonly onlyFilter: boolean;
  readonly onApply: () => void;
  readonly onCancel: () => void;
}

export function QuestionText(props: QuestionTextProps) {
  const { text, label } = props;
  const id = useId();
  const { area, parsed, proposals, isOpen, active, choose, put, handlers } = useField(props);
  const error = parsed?.error ?? null;
  return (
    <div class="question-text">
      <div class="question-field">
        <Marks text={text} position={error?.position ?? null} />
        <textarea
          ref={area}
          aria-label={label}
          aria-autocomplete="list"
          aria-haspopup="listbox"
          aria-controls={`${id}-list`}
          aria-activedescendant={isOpen && active >= 0 ? `${id}-${active}` : undefined}
          aria-describedby={`${id}-note`}
          aria-invalid={error !== null}
          rows={rowsOf(text)}
          spellcheck={false}
          autocomplete="off"
          value={text}
          {...handlers}
        />
        <ProposalList id={id} label={label} proposals={isOpen ? proposals : []} active={active} hint="" choose={choose} />
      </div>
      <div class="question-actions">
        <Button class="primary" onClick={props.onApply}>
          Apply
        </Button>
        <PastQuestions onChoose={(question) => put({ text: question, cursor: question.length })} />
        <span class="muted">Alt and ↓ propose, Enter applies, Escape leaves it as it was</span>
      </div>
      <p id={`${id}-note`} class={`question-note ${error === null ? "muted" : "error-text"}`} role="status">
        {error?.message ?? kindNote(parsed?.kind ?? null, props.onlyFilter)}
        {isOpen && <span class="visually-hidden"> {formatQuantity(proposals.length, "proposal")}</span>}
      </p>
    </div>
  );
}

/** The text with its cursor, the list under it, and how events change both. */
function useField({ text, onText, onApply, onCancel, range }: QuestionTextProps) {
  const area = useRef<HTMLTextAreaElement>(null);
  const [cursor, setCursor] = useState(() => endOfFilter(text));
  const [open, setOpen] = useState(false);
  const [active, setActive] = useState(-1);
  /** Where the cursor goes once the text has been drawn. */
  const wanted = useRef<number | null>(cursor);
  const { parsed, proposals } = useProposals(text, byteAt(text, Math.min(cursor, text.length)), range);
  useLayoutEffect(() => area.current?.focus(), []);
  useLayoutEffect(() => {
    if (wanted.current === null) return;
    area.current?.setSelectionRange(wanted.current, wanted.current);
    wanted.current = null;
  }, [text]);

  const put = ({ text: next, cursor: at }: Spliced) => {
    wanted.current = at;
    setActive(-1);
    setCursor(at);
    onText(next);
    area.current?.focus();
  };
  const choose = (index: number) => {
    const [proposal, completion] = [proposals[index], parsed?.completion];
    if (proposal !== undefined && completion != null) put(splice(text, completion, proposal.key));
  };
  const follow = () => setCursor(area.current?.selectionStart ?? text.length);
  const isOpen = open && proposals.length > 0;
  const handlers = {
    onInput(event: InputEvent & { readonly currentTarget: HTMLTextAreaElement }) {
      setOpen(true);
      setActive(-1);
      setCursor(event.currentTarget.selectionStart);
      onText(event.currentTarget.value);
    },
    onKeyUp: follow,
    onClick: follow,
    onBlur: () => setOpen(false),
    onKeyDown: (event: KeyboardEvent) =>
      handleKey(event, { isOpen, active, count: proposals.length, setOpen, setActive, choose, onApply, onCancel }),
  };
  return { area, parsed, proposals, isOpen, active, choose, put, handlers };
}

/** Where one more condition would be written. */
function endOfFilter(text: string): number {
  return text.length - (/\s*\}\s*$/.exec(text)?.[0].length ?? 0);
}

const LINE_CHARACTERS = 100;

/** Where the browser does not size the field by its text. */
function rowsOf(text: string): number {
  return Math.max(2, text.split("\n").reduce((rows, line) => rows + Math.max(1, Math.ceil(line.length / LINE_CHARACTERS)), 0));
}

/** What a text is that is no condition on one span. */
function kindNote(kind: string | null, onlyFilter: boolean): string | null {
  if (!onlyFilter || kind === null || kind === "filter") return null;
  return kind === "metrics" ? "This asks for series; the chart takes one span filter, { … }." : "This looks at whole traces; the chart takes one span filter, { … }.";
}

/** Lies under the text and has the same letters, unseen, so that a line can be drawn below some of them. */
function Marks({ text, position }: { readonly text: string; readonly position: TextPosition | null }) {
  if (position === null) return null;
  const [before, marked, after] = cutAtBytes(text, position.offset, position.length);
  return (
    <pre class="question-marks" aria-hidden="true">
      {before}
      <mark>{marked === "" ? "\u00a0" : marked}</mark>
      {after}
    </pre>
  );
}
