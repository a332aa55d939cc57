// A text field with a list of proposals (the ARIA combobox pattern): focus stays in the field, arrow keys move through the list.
import { useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import { type Proposal, ProposalList } from "./proposal_list";

interface ComboboxProps {
  readonly label: string;
  readonly placeholder: string;
  readonly text: string;
  readonly proposals: readonly Proposal[];
  /** Shown instead of proposals when there are none. */
  readonly hint: string;
  readonly autoFocus?: boolean;
  readonly onText: (text: string) => void;
  readonly onChoose: (key: string) => void;
  /** Enter with no proposal chosen. */
  readonly onEnter: () => void;
  readonly onCancel: () => void;
  readonly onFocus?: () => void;
  /** Backspace in the empty field. */
  readonly onEraseBefore?: () => void;
}

export function Combobox(props: ComboboxProps) {
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  const [open, setOpen] = useState(false);
  const [active, setActive] = useState(-1);
  const { text, proposals } = props;

  useLayoutEffect(() => {
    if (props.autoFocus) field.current?.focus();
  }, [props.autoFocus]);

  const choose = (index: number) => {
    const proposal = proposals[index];
    setActive(-1);
    if (proposal !== undefined) props.onChoose(proposal.key);
    field.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) =>
    handleKey(event, { active, count: proposals.length, open, setActive, setOpen, choose, props });

  return (
    <div class="combobox">
      <input
        ref={field}
        type="text"
        role="combobox"
        autocomplete="off"
        spellcheck={false}
        size={Math.max(props.placeholder.length, text.length + 1)}
        aria-label={props.label}
        aria-expanded={open}
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        aria-activedescendant={open && active >= 0 ? `${id}-${active}` : undefined}
        placeholder={props.placeholder}
        value={text}
        onInput={(event) => {
          setOpen(true);
          setActive(-1);
          props.onText(event.currentTarget.value);
        }}
        onFocus={() => {
          setOpen(true);
          props.onFocus?.();
        }}
        onBlur={() => setOpen(false)}
        onKeyDown={onKeyDown}
      />
      {open && <ProposalList id={id} label={props.label} proposals={proposals} active={active} hint={props.hint} choose={choose} />}
      {!open && <ul id={`${id}-list`} role="listbox" aria-label={props.label} hidden />}
    </div>
  );
}

interface KeyContext {
  readonly active: number;
  readonly count: number;
  readonly open: boolean;
  readonly setActive: (index: number) => void;
  readonly setOpen: (open: boolean) => void;
  readonly choose: (index: number) => void;
  readonly props: ComboboxProps;
}

function handleKey(event: KeyboardEvent, context: KeyContext): void {
  const { active, count, open, setActive, setOpen, choose, props } = context;
  const done = () => event.preventDefault();
  switch (event.key) {
    case "ArrowDown":
      setOpen(true);
      setActive(Math.min(active + 1, count - 1));
      return done();
    case "ArrowUp":
      setActive(Math.max(active - 1, -1));
      return done();
    case "Tab":
      if (open && active >= 0) {
        choose(active);
        done();
      }
      return;
    case "Enter":
      done();
      return open && active >= 0 ? choose(active) : props.onEnter();
    case "Escape":
      event.stopPropagation();
      setOpen(false);
      props.onCancel();
      return done();
    case "Backspace":
      if (props.text === "") props.onEraseBefore?.();
  }
}
