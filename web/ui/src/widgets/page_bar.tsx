// The bar at the top of every screen: the name, the ways to the other screens, the zone of times, and what this screen has to set.
import type { ComponentChildren } from "preact";
import { HomeIcon, TailMark } from "./icons";
import { PageLink } from "./page_link";
import { ZoneSwitch } from "./zone_switch";

interface PageBarProps {
  /** The screen that this is: no way leads to it. A notebook is none of them. */
  readonly here: "home" | "explore" | "setup" | null;
  /** Before the zone: time and refresh. */
  readonly children?: ComponentChildren;
  /** After the zone: theme and help. */
  readonly end?: ComponentChildren;
}

export function PageBar({ here, children, end }: PageBarProps) {
  return (
    <header class="toolbar">
      <span class="brand">
        <TailMark /> Tailplane
      </span>
      <nav class="places" aria-label="Places">
        {here !== "home" && (
          <PageLink to="?v=home" title="Notebooks, and p99 by component">
            <HomeIcon /> Home
          </PageLink>
        )}
        {here !== "explore" && <PageLink to="?">Explore</PageLink>}
        {here !== "setup" && (
          <PageLink to="?v=setup" title="How a cluster sends its traces here">
            Set up
          </PageLink>
        )}
      </nav>
      <div class="toolbar-controls">
        {children}
        <ZoneSwitch />
        {end}
      </div>
    </header>
  );
}
