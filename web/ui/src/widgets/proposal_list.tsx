// What could be written, below the field it is for: a click takes one, and the focus stays in the field.
import { useEffect, useRef } from "preact/hooks";

export interface Proposal {
  readonly key: string;
  readonly label: string;
  readonly detail: string;
}

interface ProposalListProps {
  /** The field's id, which those of the list and its rows begin with. */
  readonly id: string;
  readonly label: string;
  readonly proposals: readonly Proposal[];
  /** The place of the row that Enter takes; -1 is none. */
  readonly active: number;
  /** What is said where nothing is proposed; "" says nothing, and no box is there. */
  readonly hint: string;
  readonly choose: (index: number) => void;
}

export function ProposalList({ id, label, proposals, active, hint, choose }: ProposalListProps) {
  const activeRow = useRef<HTMLLIElement>(null);
  useEffect(() => activeRow.current?.scrollIntoView({ block: "nearest" }), [active]);
  const isEmpty = proposals.length === 0;
  return (
    <div class={isEmpty && hint === "" ? "" : "proposals"}>
      <ul id={`${id}-list`} role="listbox" aria-label={label} hidden={isEmpty}>
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
      {isEmpty && hint !== "" && <p class="proposals-hint">{hint}</p>}
    </div>
  );
}
