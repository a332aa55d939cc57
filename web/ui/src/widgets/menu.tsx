// A button that opens a menu (the ARIA menu button pattern): arrow keys move, Enter chooses, Escape closes and gives the focus back.
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";

export interface MenuItem {
  readonly label: string;
  readonly onChoose: () => void;
  readonly disabled?: boolean;
}

interface MenuProps {
  /** Of the button and the menu. */
  readonly label: string;
  /** What can be done by the time that it is opened. */
  readonly items: () => readonly MenuItem[];
  /** What the button shows. */
  readonly children: ComponentChildren;
  readonly class?: string;
  /** Above the items, such as what they act upon. */
  readonly heading?: string;
}

interface Opened {
  readonly items: readonly MenuItem[];
  readonly place: Place;
}

export function Menu({ label, items, children, heading, ...others }: MenuProps) {
  const button = useRef<HTMLButtonElement>(null);
  const [opened, setOpened] = useState<Opened | null>(null);
  const close = (refocus: boolean) => {
    setOpened(null);
    if (refocus) button.current?.focus();
  };
  const open = () => {
    if (opened !== null || button.current === null) return setOpened(null);
    const now = items();
    setOpened({ items: now, place: placeBeside(button.current, now.length, heading !== undefined) });
  };
  return (
    <>
      <button
        ref={button}
        type="button"
        class={others.class ?? "icon-button"}
        aria-label={label}
        title={label}
        aria-haspopup="menu"
        aria-expanded={opened !== null}
        onClick={open}
      >
        {children}
      </button>
      {opened !== null && <Items {...opened} label={label} heading={heading} onClose={close} />}
    </>
  );
}

interface Place {
  readonly left: number;
  readonly top: number;
}

const WIDTH_PX = 230;
const ITEM_PX = 28;
/** At most: what is longer is cut there. */
const HEADING_PX = 60;
const EDGE_PX = 8;

/** Under the button, or above it where there is no room; never beyond the window's edge. */
function placeBeside(button: HTMLElement, items: number, isHeaded: boolean): Place {
  const { left, bottom, top } = button.getBoundingClientRect();
  const height = items * ITEM_PX + (isHeaded ? HEADING_PX : 0) + 10;
  const below = bottom + height + EDGE_PX < window.innerHeight;
  return {
    left: Math.max(Math.min(left, window.innerWidth - WIDTH_PX - EDGE_PX), EDGE_PX),
    top: below ? bottom + 2 : Math.max(top - height - 2, EDGE_PX),
  };
}

interface ItemsProps extends Opened {
  readonly label: string;
  readonly heading: string | undefined;
  readonly onClose: (refocus: boolean) => void;
}

function Items({ label, heading, items, place, onClose }: ItemsProps) {
  const box = useRef<HTMLDivElement>(null);
  const buttons = () => [...(box.current?.querySelectorAll<HTMLElement>("button:not(:disabled)") ?? [])];
  const focus = (index: number) => buttons().at(index % Math.max(buttons().length, 1))?.focus();
  // Before the next key, which is meant for the menu.
  useLayoutEffect(() => {
    focus(0);
    const away = () => onClose(false);
    window.addEventListener("resize", away);
    document.addEventListener("scroll", away, true);
    return () => {
      window.removeEventListener("resize", away);
      document.removeEventListener("scroll", away, true);
    };
  }, []);
  const onKeyDown = (event: KeyboardEvent) => {
    const at = buttons().findIndex((item) => item === document.activeElement);
    const moves: Readonly<Record<string, () => void>> = {
      ArrowDown: () => focus(at + 1),
      ArrowUp: () => focus(at - 1),
      Home: () => focus(0),
      End: () => focus(-1),
      Escape: () => onClose(true),
      Tab: () => onClose(true),
    };
    // Keys in a menu are no shortcuts of the page.
    event.stopPropagation();
    const move = moves[event.key];
    if (move === undefined) return;
    event.preventDefault();
    move();
  };
  const onFocusOut = (event: FocusEvent) => {
    if (!(event.relatedTarget instanceof Node && box.current?.contains(event.relatedTarget))) onClose(false);
  };
  return (
    <div ref={box} class="menu" role="menu" aria-label={label} style={{ left: `${place.left}px`, top: `${place.top}px` }} onKeyDown={onKeyDown} onFocusOut={onFocusOut}>
      {heading !== undefined && (
        <p class="menu-heading" role="presentation">
          {heading}
        </p>
      )}
      {items.map(({ label: text, onChoose, disabled }) => (
        <button
          key={text}
          type="button"
          role="menuitem"
          tabIndex={-1}
          disabled={disabled ?? false}
          onClick={() => {
            onClose(true);
            onChoose();
          }}
        >
          {text}
        </button>
      ))}
    </div>
  );
}
