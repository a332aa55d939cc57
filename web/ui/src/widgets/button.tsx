// Buttons: one with a text, one with an icon alone (which then has an accessible name and a tooltip).
import type { ComponentChildren, Ref } from "preact";

interface IconButtonProps {
  readonly label: string;
  readonly onClick: () => void;
  readonly children: ComponentChildren;
  readonly pressed?: boolean;
  readonly disabled?: boolean;
  readonly class?: string;
  readonly buttonRef?: Ref<HTMLButtonElement>;
}

export function IconButton(props: IconButtonProps) {
  return (
    <button
      type="button"
      class={`icon-button ${props.class ?? ""}`}
      aria-label={props.label}
      title={props.label}
      aria-pressed={props.pressed}
      disabled={props.disabled ?? false}
      onClick={props.onClick}
      ref={props.buttonRef ?? null}
    >
      {props.children}
    </button>
  );
}

interface ButtonProps {
  /** Left out where the button sends its form. */
  readonly onClick?: () => void;
  readonly type?: "button" | "submit";
  readonly children: ComponentChildren;
  readonly pressed?: boolean;
  readonly title?: string;
  readonly class?: string;
  readonly disabled?: boolean;
}

export function Button(props: ButtonProps) {
  return (
    <button
      type={props.type ?? "button"}
      class={`button ${props.class ?? ""}`}
      title={props.title}
      aria-pressed={props.pressed}
      disabled={props.disabled ?? false}
      onClick={props.onClick}
    >
      {props.children}
    </button>
  );
}
