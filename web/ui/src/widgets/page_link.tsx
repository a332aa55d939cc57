// A link to another view of this page: a plain click stays in the page, any other opens it as browsers do. The theme goes along.
import type { ComponentChildren } from "preact";
import { go } from "../base/navigation";
import { type ThemeChoice, chosenTheme, writeTheme } from "../base/theme";

interface PageLinkProps {
  /** "?v=home", perhaps with a hash. */
  readonly to: string;
  readonly children: ComponentChildren;
  readonly class?: string;
  readonly title?: string;
}

export function PageLink({ to, children, title, ...others }: PageLinkProps) {
  const { search, hash } = themed(to, chosenTheme.value);
  const onClick = (event: MouseEvent) => {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    go(search, hash);
    window.scrollTo(0, 0);
  };
  return (
    <a href={search + hash} class={others.class} title={title} onClick={onClick}>
      {children}
    </a>
  );
}

/** The parts of `to`, with the theme that was chosen where the link names none. */
function themed(to: string, theme: ThemeChoice): { readonly search: string; readonly hash: string } {
  const cut = to.indexOf("#");
  const [search, hash] = cut < 0 ? [to, ""] : [to.slice(0, cut), to.slice(cut)];
  const parameters = new URLSearchParams(search);
  if (theme === "system" || parameters.has("theme")) return { search, hash };
  writeTheme(theme, parameters);
  return { search: `?${parameters}`, hash };
}
