// One attribute: key, value, and what can be done with it. Values come from the cluster and are shown as text only.
import { type ComponentChildren, Fragment } from "preact";
import { visibleName } from "../base/foreign_text";
import { comparison } from "../base/traceql";
import { IconButton } from "../widgets/button";
import { auditGrep } from "./audit_grep";
import { CopyButton, copyText } from "../widgets/copy_button";
import { ForeignText } from "../widgets/foreign_text";
import { EqualIcon, GroupIcon, MoreIcon, NotEqualIcon } from "../widgets/icons";
import { Menu, type MenuItem } from "../widgets/menu";

/** What a click on an attribute leads to; the owner of the chart decides how. What it does not offer has no place in the menu. */
export interface AttributeActions {
  readonly onFilter: (clause: string) => void;
  readonly onGroup: (name: string) => void;
  /** Compares the spans with this value with all others. */
  readonly onCompare?: (clause: string) => void;
  /** Shows how often each value comes over time. */
  readonly onValues?: (name: string) => void;
  readonly onSql?: (clause: string) => void;
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

export function AttributeRow(props: AttributeRowProps) {
  const { label, name, text, literal, ordered, actions } = props;
  const grep = auditGrep(label, text);
  const [include, exclude] = ordered ? [">=", "<="] : ["=", "!="];
  const canFilter = name !== null && literal !== null;
  const filter = (operator: string) => actions.onFilter(comparison(name ?? "", operator, literal));
  const shown = visibleName(label);
  const onClick = (event: MouseEvent) => {
    if (!event.altKey || !canFilter) return;
    event.preventDefault();
    filter(event.shiftKey ? exclude! : include!);
  };
  return (
    <div class="attribute">
      <dt title={visibleName(name ?? label)}>
        <bdi>{breakable(shown)}</bdi>
      </dt>
      <dd>
        <span class="attribute-value" onClick={onClick} {...(isLong(text) && { tabIndex: 0, role: "group", "aria-label": `value of ${shown}` })}>
          {text === "" ? <span class="muted">empty</span> : <ForeignText text={text} />}
        </span>
        <span class="attribute-actions">
          {canFilter && (
            <>
              <IconButton label={`filter ${sign(include)} ${shown}`} onClick={() => filter(include!)}>
                <EqualIcon />
              </IconButton>
              <IconButton label={`filter ${sign(exclude)} ${shown}`} onClick={() => filter(exclude!)}>
                <NotEqualIcon />
              </IconButton>
            </>
          )}
          {name !== null && !ordered && (
            <IconButton label={`group by ${shown}`} onClick={() => actions.onGroup(name)}>
              <GroupIcon />
            </IconButton>
          )}
          <CopyButton label={`copy ${shown}`} text={text} />
          {grep !== null && <CopyButton label="copy audit-log grep" text={grep} />}
          <Menu label={`more for ${shown}`} items={() => menuItems(props)}>
            <MoreIcon />
          </Menu>
        </span>
      </dd>
    </div>
  );
}

/** Whether a value scrolls in itself, which keys have to reach. */
function isLong(text: string): boolean {
  return text.length > 120 || text.includes("\n");
}

/** Everything that can be done with a value, by name. */
export function menuItems({ name, text, literal, ordered, actions }: AttributeRowProps): readonly MenuItem[] {
  const items: MenuItem[] = [];
  const add = (label: string, onChoose: () => void) => void items.push({ label, onChoose });
  const [include, exclude] = ordered ? [">=", "<="] : ["=", "!="];
  if (name !== null && literal !== null) {
    const clause = comparison(name, include!, literal);
    const { onCompare, onSql } = actions;
    add(`filter ${sign(include)} this value`, () => actions.onFilter(clause));
    add(`filter ${sign(exclude)} this value`, () => actions.onFilter(comparison(name, exclude!, literal)));
    if (!ordered) add("group by it", () => actions.onGroup(name));
    if (onCompare !== undefined) add("compare with the rest", () => onCompare(clause));
    addValues(items, name, actions);
    add("copy", () => void copyText(text));
    if (onSql !== undefined) add("open as SQL", () => onSql(clause));
    return items;
  }
  if (name !== null) {
    add("group by it", () => actions.onGroup(name));
    addValues(items, name, actions);
  }
  add("copy", () => void copyText(text));
  return items;
}

function addValues(items: MenuItem[], name: string, { onValues }: AttributeActions): void {
  if (onValues !== undefined) items.push({ label: "values over time", onChoose: () => onValues(name) });
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
