// What makes some rows different from others: which ones, the findings, the attributes left out.
import { useEffect, useRef } from "preact/hooks";
import { type ComparedOf, type Comparison, FINDINGS_MAX } from "../api/compare";
import { joinClauses } from "../base/clauses";
import { visibleName } from "../base/foreign_text";
import { formatCount, formatQuantity } from "../base/format";
import { FindingsTable, Side } from "../compare/findings_table";
import { HiddenList } from "../compare/hidden_list";
import { IconButton } from "../widgets/button";
import { CloseIcon } from "../widgets/icons";
import { Segmented } from "../widgets/segmented";
import { AnswerStates } from "./answer_states";
import { CompareWindow } from "./compare_window";
import { type ComparisonAnswer, fetchComparison } from "./comparison";
import { bandWords, baselineWords, nothingToShow, selectedWords, sideNames } from "./comparison_words";
import type { Model } from "./model";
import { Receipt } from "../receipt/receipt";
import { costParts } from "../receipt/receipt_words";
import { OF_WORDS, type Scope, scopeOf } from "./scope";
import { ScopeNote } from "./scope_note";
import "../style/compare.css";
import { useAnswer } from "./use_answer";
import type { CompareView, Range } from "./view";

const HEIGHT_PX = 220;

interface ComparePanelProps {
  readonly model: Model;
  readonly compare: CompareView;
  readonly onClose: () => void;
}

export function ComparePanel({ model, compare, onClose }: ComparePanelProps) {
  const box = useRef<HTMLElement>(null);
  useEffect(() => {
    box.current?.focus({ preventScroll: true });
    box.current?.scrollIntoView({ block: "start" });
  }, [JSON.stringify([compare.kind, compare.within, compare.window, compare.band, compare.selection])]);
  const scope = scopeOf(compare.of, [...model.view.value.clauses, ...compare.within]);
  const range = compare.window ?? model.range.value;
  const question = { kind: compare.kind, of: compare.of, filter: joinClauses(scope.applied), range, band: compare.band, selection: compare.selection };
  const answer = useAnswer(model.ready.value ? question : null, model.tick.value, fetchComparison);
  const comparison = answer.value?.comparison ?? null;
  return (
    <section ref={box} class="panel compare" aria-labelledby="compare-title" aria-busy={answer.loading} tabIndex={-1}>
      <Head model={model} compare={compare} scope={scope} range={range} onClose={onClose} />
      <AnswerStates answer={answer} height={HEIGHT_PX}>
        {(value) => <Answer model={model} compare={compare} answer={value} />}
      </AnswerStates>
      <Receipt
        parts={comparison === null ? [] : resultParts(comparison)}
        stats={comparison?.stats ?? null}
        subject={answer.value === null ? null : { kind: "compare", request: answer.value.request }}
      />
    </section>
  );
}

function resultParts({ compared, stats }: Comparison): readonly string[] {
  const values = `${formatCount(compared.values)} values of ${formatQuantity(compared.attributes, "attribute")}`;
  return [`every row counted, ${values}`, ...costParts(stats)];
}

interface HeadProps extends ComparePanelProps {
  readonly scope: Scope;
  readonly range: Range;
}

const OF_CHOICES: readonly { readonly value: ComparedOf; readonly label: string }[] = [
  { value: "spans", label: "spans" },
  { value: "requests", label: "requests" },
  { value: "pod_starts", label: "pod starts" },
];

function Head({ model, compare, scope, range, onClose }: HeadProps) {
  return (
    <>
      <div class="panel-head">
        <div>
          <h2 id="compare-title">{titleOf(compare)}</h2>
          {compare.within.length > 0 && <Within model={model} within={compare.within} />}
          <ScopeNote of={compare.of} left={scope.left} />
        </div>
        <div class="panel-choices">
          <Segmented
            label="Of"
            choices={OF_CHOICES}
            isOn={(value) => value === compare.of}
            onChoose={(value) => model.changeCompare({ of: OF_CHOICES.find((choice) => choice.value === value)?.value ?? "spans" })}
          />
          <IconButton label="Close the comparison (Escape)" onClick={onClose}>
            <CloseIcon />
          </IconButton>
        </div>
      </div>
      {compare.kind === "time" && (
        <CompareWindow key={JSON.stringify(range)} range={range} onApply={(window) => model.changeCompare({ window })} />
      )}
    </>
  );
}

function titleOf({ kind, of, band, selection }: CompareView): string {
  if (selection !== null) return `What ${OF_WORDS[of].many} with ${visibleName(selection)} have in common`;
  if (band !== null) return `What ${OF_WORDS[of].many} of ${bandWords(band)} have in common`;
  return kind === "slow" ? "What the slowest have in common" : "What changed against the time before";
}

/** The one series of the chart that is compared. */
function Within({ model, within }: { readonly model: Model; readonly within: readonly string[] }) {
  return (
    <ul class="chips" aria-label="Only">
      {within.map((clause) => (
        <li key={clause} class="chip">
          <span class="chip-text">{clause}</span>
          <button
            type="button"
            class="chip-remove"
            aria-label={`compare without ${clause}`}
            onClick={() => model.changeCompare({ within: within.filter((other) => other !== clause) })}
          >
            <CloseIcon />
          </button>
        </li>
      ))}
    </ul>
  );
}

interface AnswerProps {
  readonly model: Model;
  readonly compare: CompareView;
  readonly answer: ComparisonAnswer;
}

function Answer({ model, compare, answer }: AnswerProps) {
  const { comparison } = answer;
  const { counts, findings, hidden } = comparison;
  const sides = sideNames(compare, answer);
  const actions = { onFilter: model.addClauses, onGroup: model.groupBy, onOpen: model.openSlowSpan };
  const nothing = nothingToShow(compare, answer);
  return (
    <>
      <p class="compare-sides">
        <span>
          <Side selected /> {formatQuantity(counts.selected, OF_WORDS[compare.of].one)} {selectedWords(compare, answer)}
        </span>
        <span>
          <Side /> {formatQuantity(counts.baseline, OF_WORDS[compare.of].one)} {baselineWords(compare, answer)}
        </span>
      </p>
      {nothing === null ? (
        <FindingsTable comparison={comparison} sides={sides} open={model.view.value.open?.spanId ?? null} actions={actions} />
      ) : (
        <div class="state">
          <h3>{nothing.headline}</h3>
          <p>{nothing.text}</p>
        </div>
      )}
      {findings.length >= FINDINGS_MAX && <p class="muted">The {FINDINGS_MAX} clearest differences; filter by one to see what lies behind it.</p>}
      <HiddenList hidden={hidden} />
    </>
  );
}
