// A button that opens a menu (the ARIA menu button pattern): arrow keys move, Enter chooses, Escape closes and gives the focus back.
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";

export interface MenuItem {
  readonly label: string;
  readonly onChoose: () => void;
}

interface MenuProps {
  /** Of the button and the menu. */
  readonly label: string;
  readonly items: readonly MenuItem[];
  readonly class?: string;
  readonly children: ComponentChildren;
}

export function Menu({ label, items, class: kind, children }: MenuProps) {
  const button = useRef<HTMLButtonElement>(null);
  const [place, setPlace] = useState<Place | null>(null);
  const close = (refocus: boolean) => {
    setPlace(null);
    if (refocus) button.current?.focus();
  };
  const open = () => setPlace(place === null && button.current !== null ? placeBeside(button.current, items.length) : null);
  return (
    <>
      <button
        ref={button}
        type="button"
        class={`icon-button ${kind ?? ""}`}
        aria-label={label}
        title={label}
        aria-haspopup="menu"
        aria-expanded={place !== null}
        onClick={open}
      >
        {children}
      </button>
      {place !== null && <Items label={label} items={items} place={place} onClose={close} />}
    </>
  );
}

interface Place {
  readonly left: number;
  readonly top: number;
}

const WIDTH_PX = 230;
const ITEM_PX = 28;
const EDGE_PX = 8;

/** Under the button, or above it where there is no room; never beyond the window's edge. */
function placeBeside(button: HTMLElement, items: number): Place {
  const { left, bottom, top } = button.getBoundingClientRect();
  const height = items * ITEM_PX + 10;
  const below = bottom + height + EDGE_PX < window.innerHeight;
  return {
    left: Math.max(Math.min(left, window.innerWidth - WIDTH_PX - EDGE_PX), EDGE_PX),
    top: below ? bottom + 2 : Math.max(top - height - 2, EDGE_PX),
  };
}

interface ItemsProps {
  readonly label: string;
  readonly items: readonly MenuItem[];
  readonly place: Place;
  readonly onClose: (refocus: boolean) => void;
}

function Items({ label, items, place, onClose }: ItemsProps) {
  const box = useRef<HTMLDivElement>(null);
  const focus = (index: number) => box.current?.querySelectorAll("button")[(index + items.length) % items.length]?.focus();
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
    const at = [...(box.current?.querySelectorAll("button") ?? [])].indexOf(document.activeElement as HTMLButtonElement);
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
      {items.map(({ label: text, onChoose }) => (
        <button
          key={text}
          type="button"
          role="menuitem"
          tabIndex={-1}
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
