// The attributes that cannot tell what is different, and why.
import type { HiddenAttribute } from "../api/compare";
import { visibleName } from "../base/foreign_text";
import { formatQuantity } from "../base/format";
import { hiddenReason } from "./words";

export function HiddenList({ hidden }: { readonly hidden: readonly HiddenAttribute[] }) {
  if (hidden.length === 0) return null;
  return (
    <details class="hidden-attributes">
      <summary>{formatQuantity(hidden.length, "attribute")} left out, because the values cannot tell</summary>
      <ul>
        {hidden.map((attribute) => (
          <li key={attribute.attribute}>
            <bdi class="finding-attribute">{visibleName(attribute.attribute)}</bdi> <span class="muted">{hiddenReason(attribute)}</span>
          </li>
        ))}
      </ul>
    </details>
  );
}
