// The list of proposals under the text: a click or Enter takes one, the focus stays in the text.
import { useEffect, useRef } from "preact/hooks";
import type { Proposal } from "../widgets/combobox";

interface QuestionProposalsProps {
  readonly id: string;
  readonly label: string;
  /** Empty while the list is closed. */
  readonly proposals: readonly Proposal[];
  readonly active: number;
  readonly choose: (index: number) => void;
}

export function QuestionProposals({ id, label, proposals, active, choose }: QuestionProposalsProps) {
  const activeRow = useRef<HTMLLIElement>(null);
  useEffect(() => activeRow.current?.scrollIntoView({ block: "nearest" }), [active]);
  const isClosed = proposals.length === 0;
  return (
    <div class={isClosed ? "" : "proposals"}>
      <ul id={`${id}-list`} role="listbox" aria-label={label} hidden={isClosed}>
        {proposals.map((proposal, index) => (
          <li
            key={proposal.key}
            id={`${id}-${index}`}
            ref={index === active ? activeRow : null}
            role="option"
            aria-selected={index === active}
            onPointerDown={(event) => {
              event.preventDefault();
              choose(index);
            }}
          >
            <span class="proposal-label">{proposal.label}</span> <span class="proposal-detail">{proposal.detail}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
