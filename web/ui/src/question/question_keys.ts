// Keys in the text of a question: arrows move through proposals, Enter takes one or applies the text, Escape closes the list, then the text.

interface KeyContext {
  readonly isOpen: boolean;
  readonly active: number;
  readonly count: number;
  readonly setOpen: (open: boolean) => void;
  readonly setActive: (index: number) => void;
  readonly choose: (index: number) => void;
  readonly onApply: () => void;
  readonly onCancel: () => void;
}

export function handleKey(event: KeyboardEvent, context: KeyContext): void {
  const { isOpen, active, count, setOpen, setActive, choose } = context;
  const isChosen = isOpen && active >= 0;
  switch (event.key) {
    case "ArrowDown":
      // Between lines of the text, where no list is open.
      if (!isOpen && !event.altKey) return;
      setOpen(true);
      setActive(Math.min(active + 1, count - 1));
      return event.preventDefault();
    case "ArrowUp":
      if (!isOpen) return;
      setActive(Math.max(active - 1, -1));
      return event.preventDefault();
    case "Tab":
      if (!isChosen) return;
      choose(active);
      return event.preventDefault();
    case "Enter":
      if (event.shiftKey) return;
      if (isChosen) choose(active);
      else context.onApply();
      return event.preventDefault();
    case "Escape":
      event.stopPropagation();
      if (isOpen) setOpen(false);
      else context.onCancel();
  }
}
