// What makes some rows different from others: which ones, the findings, the attributes left out.
import { useLayoutEffect, useRef } from "preact/hooks";
import type { Comparison } from "../api/compare";
import { joinClauses } from "../base/clauses";
import { visibleName } from "../base/foreign_text";
import { formatCount, formatQuantity } from "../base/format";
import { OF_WORDS, ROWS } from "../base/rows";
import { Receipt } from "../receipt/receipt";
import { costParts } from "../receipt/receipt_words";
import { IconButton } from "../widgets/button";
import { CloseIcon } from "../widgets/icons";
import { Segmented } from "../widgets/segmented";
import { AnswerStates } from "./answer_states";
import { CompareAnswer } from "./compare_answer";
import { CompareWindow } from "./compare_window";
import { fetchComparison } from "./comparison";
import { bandWords, wordsOf } from "./comparison_words";
import { KeepButton } from "./keep_button";
import type { Model } from "./model";
import { type Scope, scopeOf } from "./scope";
import { ScopeNote } from "./scope_note";
import { useAnswer } from "./use_answer";
import type { CompareView, Range } from "./view";
import "../style/compare.css";

const HEIGHT_PX = 220;

interface ComparePanelProps {
  readonly model: Model;
  readonly compare: CompareView;
  readonly onClose: () => void;
}

export function ComparePanel({ model, compare, onClose }: ComparePanelProps) {
  const box = useRef<HTMLElement>(null);
  useLayoutEffect(() => {
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
        {(value) => (
          <CompareAnswer
            of={compare.of}
            comparison={value.comparison}
            words={wordsOf(compare, value)}
            open={model.view.value.open?.spanId ?? null}
            actions={{ onFilter: model.addClauses, onGroup: model.groupBy, onOpen: model.openSlowSpan }}
          />
        )}
      </AnswerStates>
      <Receipt
        parts={comparison === null ? [] : comparisonParts(comparison)}
        stats={comparison?.stats ?? null}
        subject={answer.value === null ? null : { kind: "compare", request: answer.value.request }}
      />
    </section>
  );
}

export function comparisonParts({ compared, stats }: Comparison): readonly string[] {
  const values = `${formatCount(compared.values)} values of ${formatQuantity(compared.attributes, "attribute")}`;
  return [`every row counted, ${values}`, ...costParts(stats)];
}

interface HeadProps extends ComparePanelProps {
  readonly scope: Scope;
  readonly range: Range;
}

const OF_CHOICES = ROWS.map((value) => ({ value, label: OF_WORDS[value].many }));

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
          <KeepButton model={model} question={async () => (await import("./kept_question")).keptComparison(model.view.peek(), compare, model.range.peek())} />
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
