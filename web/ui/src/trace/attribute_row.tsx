// One attribute: key, value, and what can be done with it. Values come from the cluster and are shown as text only.
import { type ComponentChildren, Fragment } from "preact";
import { comparison } from "../base/traceql";
import { IconButton } from "../widgets/button";
import { auditGrep } from "./audit_grep";
import { CopyButton } from "../widgets/copy_button";
import { EqualIcon, GroupIcon, NotEqualIcon } from "../widgets/icons";

/** What a click on an attribute leads to; the owner of the chart decides how. */
export interface AttributeActions {
  readonly onFilter: (clause: string) => void;
  readonly onGroup: (name: string) => void;
}

interface AttributeRowProps {
  readonly label: string;
  /** As TraceQL spells it; null where it cannot be asked for. */
  readonly name: string | null;
  readonly text: string;
  /** The value as a TraceQL literal; null where there is none. */
  readonly literal: string | null;
  /** For values that are asked for by range, such as durations. */
  readonly ordered?: boolean;
  readonly actions: AttributeActions;
}

export function AttributeRow({ label, name, text, literal, ordered, actions }: AttributeRowProps) {
  const filter = (operator: string) => actions.onFilter(comparison(name ?? "", operator, literal));
  const grep = auditGrep(label, text);
  const [include, exclude] = ordered ? [">=", "<="] : ["=", "!="];
  return (
    <div class="attribute">
      <dt title={name ?? label}>{breakable(label)}</dt>
      <dd>
        <span class="attribute-value">{text === "" ? <span class="muted">empty</span> : text}</span>
        <span class="attribute-actions">
          {name !== null && literal !== null && (
            <>
              <IconButton label={`filter ${sign(include)} ${label}`} onClick={() => filter(include ?? "=")}>
                <EqualIcon />
              </IconButton>
              <IconButton label={`filter ${sign(exclude)} ${label}`} onClick={() => filter(exclude ?? "!=")}>
                <NotEqualIcon />
              </IconButton>
            </>
          )}
          {name !== null && !ordered && (
            <IconButton label={`group by ${label}`} onClick={() => actions.onGroup(name)}>
              <GroupIcon />
            </IconButton>
          )}
          <CopyButton label={`copy ${label}`} text={text} />
          {grep !== null && <CopyButton label="copy audit-log grep" text={grep} />}
        </span>
      </dd>
    </div>
  );
}

/** A name that may break after its dots, underscores, slashes and dashes. */
function breakable(name: string): ComponentChildren {
  return name.split(/(?<=[._/-])/).map((part, index) => (
    <Fragment key={index}>
      {index > 0 && <wbr />}
      {part}
    </Fragment>
  ));
}

function sign(operator: string | undefined): string {
  return operator === "!=" ? "≠" : operator === ">=" ? "≥" : operator === "<=" ? "≤" : "=";
}
