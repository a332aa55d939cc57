// The attributes that the series are grouped by: chips, and a field that proposes more.
import { useState } from "preact/hooks";
import { visibleName } from "../base/foreign_text";
import { CloseIcon } from "../widgets/icons";
import { Combobox } from "../widgets/combobox";
import { proposeNames } from "./completion";
import type { Model } from "./model";

export function GroupBy({ model }: { readonly model: Model }) {
  const [text, setText] = useState("");
  const { by } = model.view.value;
  const { value, loading, failure } = model.attributes.state.value;
  const add = (name: string) => {
    setText("");
    if (name.trim() !== "" && !by.includes(name.trim())) model.change({ by: [...by, name.trim()] });
  };
  const remove = (name: string) => model.change({ by: by.filter((other) => other !== name) });
  return (
    <section class="filter-row" aria-label="Group by">
      <span class="row-label">by</span>
      <ul class="chips">
        {by.map((name) => (
          <li key={name} class="chip">
            <bdi class="chip-text chip-name">{visibleName(name)}</bdi>
            <button type="button" class="chip-remove" aria-label={`stop grouping by ${visibleName(name)}`} onClick={() => remove(name)}>
              <CloseIcon />
            </button>
          </li>
        ))}
        <li class="chip-editor">
          <Combobox
            label="Add an attribute to group by"
            placeholder={by.length === 0 ? "group by an attribute" : "add"}
            text={text}
            proposals={proposeNames(value ?? [], text).filter((proposal) => !by.includes(proposal.key))}
            hint={loading ? "looking for attributes" : (failure?.message ?? "no such attribute in this range")}
            onText={setText}
            onChoose={add}
            onEnter={() => add(text)}
            onCancel={() => setText("")}
            onFocus={model.loadAttributes}
            onEraseBefore={() => model.change({ by: by.slice(0, -1) })}
          />
        </li>
      </ul>
    </section>
  );
}
