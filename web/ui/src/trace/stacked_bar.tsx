// Parts of a whole: a bar for the eye, and beside it a list that says the same and is the content.
import { visibleName } from "../base/foreign_text";
import { formatDuration, formatPercent } from "../base/format";
import type { Part } from "./phases";

interface StackedBarProps {
  readonly label: string;
  readonly parts: readonly Part[];
}

export function StackedBar({ label, parts }: StackedBarProps) {
  return (
    <div class="stacked">
      <div class="stacked-bar" aria-hidden="true">
        {parts.map(({ key, colour, durationNs }) => (
          <span key={key} style={{ flexGrow: durationNs, backgroundColor: colour }} />
        ))}
      </div>
      <ul class="stacked-parts" aria-label={label}>
        {parts.map(({ key, label: words, colour, durationNs, share }) => (
          <li key={key}>
            <span class="swatch" style={{ backgroundColor: colour }} />
            <bdi class="stacked-label">{visibleName(words)}</bdi>{" "}
            <span class="number">{formatDuration(durationNs)}</span> <span class="number muted">{formatPercent(share)}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
