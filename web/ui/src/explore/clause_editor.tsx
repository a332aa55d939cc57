// Types one clause of the filter, with proposals for its name, operator and value from the server.
import { useEffect, useMemo, useState } from "preact/hooks";
import { type AttributeValue, type AttributeValuesRequest, fetchAttributeValues } from "../api/attribute_values";
import { joinClauses } from "../base/clauses";
import { createQuery } from "../base/query";
import { comparison } from "../base/traceql";
import { Combobox } from "../widgets/combobox";
import type { Proposal } from "../widgets/proposal_list";
import { type Stage, clauseFromInput, proposeNames, proposeOperators, proposeValues, stageOf, typeOf } from "./completion";
import type { Model } from "./model";

/** Who knows which attributes there are. */
export type AttributeModel = Pick<Model, "attributes" | "loadAttributes" | "range">;

interface ClauseEditorProps {
  readonly model: AttributeModel;
  readonly label: string;
  readonly placeholder: string;
  readonly initial: string;
  readonly autoFocus: boolean;
  /** The other clauses: values are proposed from the spans they match. */
  readonly context: readonly string[];
  readonly onCommit: (clause: string) => void;
  readonly onCancel: () => void;
  readonly onEraseBefore?: () => void;
}

const TYPING_PAUSE_MS = 120;

export function ClauseEditor(props: ClauseEditorProps) {
  const { model } = props;
  const [text, setText] = useState(props.initial);
  const stage = stageOf(text);
  const values = useValues(model, stage, props.context);

  const finish = (clause: string | null) => {
    if (clause === null) return;
    setText("");
    props.onCommit(clause);
  };
  const choose = (key: string) => {
    if (stage.stage === "name") setText(`${key} `);
    else if (stage.stage === "operator") setText(`${stage.name} ${key} `);
    else finish(comparison(stage.name, stage.operator, key));
  };

  return (
    <Combobox
      label={props.label}
      placeholder={props.placeholder}
      text={text}
      proposals={proposalsFor(stage, model, values)}
      hint={hintFor(stage, model)}
      autoFocus={props.autoFocus}
      onText={setText}
      onChoose={choose}
      onEnter={() => finish(clauseFromInput(text))}
      onCancel={() => {
        setText(props.initial);
        props.onCancel();
      }}
      onFocus={model.loadAttributes}
      {...(props.onEraseBefore === undefined ? {} : { onEraseBefore: props.onEraseBefore })}
    />
  );
}

function proposalsFor(stage: Stage, model: AttributeModel, values: readonly AttributeValue[]): readonly Proposal[] {
  if (stage.stage === "name") return proposeNames(model.attributes.state.value.value ?? [], stage.typed);
  if (stage.stage === "operator") return proposeOperators(stage.typed);
  const wanted = stage.typed.replace(/^["`]/, "").toLowerCase();
  const type = typeOf(model.attributes.state.value.value, stage.name);
  return proposeValues(stage, type, values).filter((proposal) => proposal.label.toLowerCase().includes(wanted));
}

function hintFor(stage: Stage, model: AttributeModel): string {
  if (stage.stage === "value") return "no known value; Enter takes what is typed";
  const { loading, failure } = model.attributes.state.value;
  if (loading) return "looking for attributes";
  return failure === null ? "no such attribute in this range" : failure.message;
}

/** The values of the attribute that is being compared; empty in the other stages. */
function useValues(model: AttributeModel, stage: Stage, context: readonly string[]): readonly AttributeValue[] {
  const query = useMemo(() => createQuery<AttributeValuesRequest, readonly AttributeValue[]>(fetchAttributeValues), []);
  const name = stage.stage === "value" ? stage.name : null;
  const prefix = stage.stage === "value" ? stage.typed.replace(/^["`]/, "").replace(/["`]$/, "") : "";
  const filter = joinClauses(context);
  useEffect(() => {
    if (name === null) return query.clear();
    const { from, to } = model.range.peek();
    const timer = setTimeout(() => void query.run({ name, filter, start: from, end: to, prefix }), TYPING_PAUSE_MS);
    return () => clearTimeout(timer);
  }, [name, prefix, filter]);
  return query.state.value.value ?? [];
}
