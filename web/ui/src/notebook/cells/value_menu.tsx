// A value with what can be done with it: filter the notebook by it or without it, group by its attribute, compare, copy.
import { visibleName } from "../../base/foreign_text";
import { comparison, literalFromText } from "../../base/traceql";
import { typeOf } from "../../explore/completion";
import { Menu } from "../../widgets/menu";
import type { NotebookModel } from "../model";

const COLUMNS: Readonly<Record<string, string>> = {
  name: "name",
  service_name: "resource.service.name",
  service: "resource.service.name",
  resource_k8s_node_name: "resource.k8s.node.name",
  resource_host_name: "resource.host.name",
  resource_service_instance_id: "resource.service.instance.id",
  instance: "resource.service.instance.id",
};

/** The attribute that a column of a table has, as TraceQL spells it; null where it has none. */
export function attributeOf(column: string): string | null {
  if (Object.hasOwn(COLUMNS, column)) return COLUMNS[column] ?? null;
  return /^k8s_[a-z_]+$/.test(column) ? column.replace("_", ":") : null;
}

interface ValueMenuProps {
  readonly model: NotebookModel;
  readonly cellId: string;
  /** As TraceQL spells it. */
  readonly attribute: string;
  readonly value: string;
}

export function ValueMenu({ model, cellId, attribute, value }: ValueMenuProps) {
  /** Tables have values as text: what the server knows of the attribute says how a filter writes them. */
  const clause = async (operator: "=" | "!=") => {
    const type = typeOf(await model.knownAttributes(), attribute) ?? "string";
    return comparison(attribute, operator, literalFromText(attribute, value, type));
  };
  const shown = visibleName(value);
  const focus = () => void (model.cellId.value = cellId);
  const compare = async () => {
    const selection = await clause("=");
    const cell = model.document.peek().cells.find(({ id }) => id === cellId);
    if (cell !== undefined) model.compareValueOf(cell, selection);
  };
  return (
    <Menu
      label={`${attribute} ${shown}`}
      heading={`${attribute} = ${shown}`}
      class="link-button value-button"
      items={() => [
        { label: "Filter the notebook by it", onChoose: () => void clause("=").then(model.addClause) },
        { label: "Filter the notebook without it", onChoose: () => void clause("!=").then(model.addClause) },
        {
          label: "Group by the attribute",
          onChoose() {
            focus();
            model.groupBy(attribute);
          },
        },
        { label: "Compare it with the rest", onChoose: () => void compare() },
        { label: "Copy", onChoose: () => void navigator.clipboard?.writeText(value) },
      ]}
    >
      <bdi>{shown}</bdi>
    </Menu>
  );
}
