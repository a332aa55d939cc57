// A button that opens a list of actions (the ARIA menu pattern): arrow keys move, Escape returns to the button.
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";

export interface MenuItem {
  readonly label: string;
  readonly onChoose: () => void;
  readonly disabled?: boolean;
}

interface MenuProps {
  readonly label: string;
  /** What can be done by the time that it is opened. */
  readonly items: () => readonly MenuItem[];
  /** What the button shows. */
  readonly children: ComponentChildren;
  readonly class?: string;
  /** Above the items, such as what they act upon. */
  readonly heading?: string;
}

export function Menu({ label, items, children, heading, ...others }: MenuProps) {
  const id = useId();
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLSpanElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!open) return;
    focusItem(list.current, 0);
    const close = (event: PointerEvent) => {
      if (event.target instanceof Node && !box.current?.contains(event.target)) setOpen(false);
    };
    document.addEventListener("pointerdown", close);
    return () => document.removeEventListener("pointerdown", close);
  }, [open]);
  const close = () => {
    setOpen(false);
    button.current?.focus();
  };
  return (
    <span ref={box} class="menu" onKeyDown={(event) => open && onMenuKey(event, list.current, close)}>
      <button
        ref={button}
        type="button"
        class={others.class ?? "icon-button"}
        aria-label={label}
        title={label}
        aria-haspopup="menu"
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        onClick={() => setOpen(!open)}
      >
        {children}
      </button>
      {open && (
        <div ref={list} id={id} class="menu-list" role="menu" aria-label={label}>
          {heading !== undefined && (
            <p class="menu-heading" role="presentation">
              {heading}
            </p>
          )}
          {items().map((item) => (
            <button
              key={item.label}
              type="button"
              role="menuitem"
              tabIndex={-1}
              disabled={item.disabled ?? false}
              onClick={() => {
                close();
                item.onChoose();
              }}
            >
              {item.label}
            </button>
          ))}
        </div>
      )}
    </span>
  );
}

function itemsOf(list: HTMLElement | null): readonly HTMLElement[] {
  return [...(list?.querySelectorAll<HTMLElement>('[role="menuitem"]:not(:disabled)') ?? [])];
}

function focusItem(list: HTMLElement | null, place: number): void {
  const items = itemsOf(list);
  items[(place + items.length) % Math.max(items.length, 1)]?.focus();
}

function onMenuKey(event: KeyboardEvent, list: HTMLElement | null, close: () => void): void {
  const at = itemsOf(list).findIndex((item) => item === document.activeElement);
  const steps: Readonly<Record<string, () => void>> = {
    ArrowDown: () => focusItem(list, at + 1),
    ArrowUp: () => focusItem(list, at - 1),
    Home: () => focusItem(list, 0),
    End: () => focusItem(list, -1),
    Escape: close,
    Tab: close,
  };
  const act = steps[event.key];
  if (act === undefined) return;
  event.preventDefault();
  event.stopPropagation();
  act();
}
