// A link to another view of this page: a plain click stays in the page, any other opens it as browsers do.
import type { ComponentChildren } from "preact";
import { go } from "../base/navigation";

interface PageLinkProps {
  /** "?v=home", perhaps with a hash. */
  readonly to: string;
  readonly children: ComponentChildren;
  readonly class?: string;
  readonly title?: string;
}

export function PageLink({ to, children, title, ...others }: PageLinkProps) {
  const onClick = (event: MouseEvent) => {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    const cut = to.indexOf("#");
    go(cut < 0 ? to : to.slice(0, cut), cut < 0 ? "" : to.slice(cut));
    window.scrollTo(0, 0);
  };
  return (
    <a href={to} class={others.class} title={title} onClick={onClick}>
      {children}
    </a>
  );
}
