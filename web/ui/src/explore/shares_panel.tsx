// Where the time goes: its question, the answer in a sentence, as bars, as a table and by group.
import { type Shares, type SharesOf, type SharesRequest, fetchShares } from "../api/shares";
import type { OnProgress } from "../base/answer_stream";
import { joinClauses } from "../base/clauses";
import { formatQuantity } from "../base/format";
import { failure } from "../base/result";
import { OF_WORDS } from "../base/rows";
import { groupingOf } from "../shares/groups";
import { Button, IconButton } from "../widgets/button";
import { ChartIcon, TableIcon } from "../widgets/icons";
import { Segmented } from "../widgets/segmented";
import { AnswerStates } from "./answer_states";
import { CompareActions } from "./compare_actions";
import { KeepButton } from "./keep_button";
import { expressed, stretchOf, timeBefore } from "./stretch";
import type { Model } from "./model";
import { Receipt } from "../receipt/receipt";
import { costParts } from "../receipt/receipt_words";
import { type Scope, scopeOf } from "./scope";
import { ScopeNote } from "./scope_note";
import { SharesAnswer } from "./shares_answer";
import { TabChoice } from "./tab_choice";
import "../style/compare.css";
import "../style/shares.css";
import { useAnswer } from "./use_answer";
import type { Range } from "./view";

const HEIGHT_PX = 380;
/** A typical row and the slowest. */
const EXEMPLARS_PER_BAND = 2;

interface Question {
  readonly of: SharesOf;
  readonly filter: string;
  readonly range: Range;
  readonly by: string;
  readonly before: boolean;
}

export function SharesPanel({ model }: { readonly model: Model }) {
  const { shares, clauses } = model.view.value;
  const scope = scopeOf(shares.of, clauses);
  const grouping = groupingOf(shares.of, shares.by);
  const question: Question = {
    of: shares.of,
    filter: joinClauses(scope.applied),
    range: model.range.value,
    by: grouping.column,
    before: shares.before,
  };
  const answer = useAnswer(model.ready.value ? question : null, model.tick.value, ask);
  const request = requestOf(question);
  return (
    <section class="panel shares" aria-labelledby="chart-title" aria-busy={answer.loading}>
      <TabChoice model={model} />
      <Head model={model} scope={scope} />
      <AnswerStates answer={answer} height={HEIGHT_PX}>
        {(value) => (rowsOf(value) === 0 ? <Nothing model={model} /> : <Answer model={model} shares={value} />)}
      </AnswerStates>
      <Receipt
        parts={answer.value === null ? [] : sharesParts(answer.value, shares.of)}
        stats={answer.value?.stats ?? null}
        subject={request === null || answer.value === null ? null : { kind: "shares", request }}
      />
    </section>
  );
}

async function ask(question: Question, signal: AbortSignal, onProgress: OnProgress) {
  const request = requestOf(question);
  const { from, to } = question.range;
  return request === null ? failure("invalid", `${from} – ${to} is not a range of time`) : fetchShares(request, signal, onProgress);
}

/** Null where the time before a range cannot be told. */
function requestOf({ of, filter, range, by, before }: Question): SharesRequest | null {
  const request = { of, filter, start: range.from, end: range.to, baseline: null, by: [by], exemplars: EXEMPLARS_PER_BAND };
  if (!before) return request;
  const stretch = stretchOf(range);
  return stretch === null ? null : { ...request, ...expressed(stretch), baseline: expressed(timeBefore(stretch)) };
}

export function sharesParts(shares: Shares, of: SharesOf): readonly string[] {
  return [formatQuantity(rowsOf(shares), OF_WORDS[of].one), ...costParts(shares.stats)];
}

function rowsOf({ bands }: Shares): number {
  return bands.reduce((total, { count }) => total + count, 0);
}

function Head({ model, scope }: { readonly model: Model; readonly scope: Scope }) {
  const { shares, table } = model.view.value;
  const choose = (of: string) => model.change({ shares: { ...shares, of: of === "pod_starts" ? "pod_starts" : "requests", by: null } });
  return (
    <div class="panel-head">
      <div>
        <h1 id="chart-title">Where the time of {shares.of === "requests" ? "API requests" : "pod starts"} goes</h1>
        <p class="muted">Every nanosecond of the critical path has one phase; bands are told apart by how long the whole took.</p>
        <ScopeNote of={shares.of} left={scope.left} />
      </div>
      <div class="panel-choices">
        <Segmented
          label="Of"
          choices={[{ value: "requests", label: "requests" }, { value: "pod_starts", label: "pod starts" }]}
          isOn={(value) => value === shares.of}
          onChoose={choose}
        />
        <Button
          pressed={shares.before}
          title="The same durations in as long a time before"
          onClick={() => model.change({ shares: { ...shares, before: !shares.before } })}
        >
          beside the time before
        </Button>
        <IconButton label={table ? "Show as chart" : "Show as table"} onClick={() => model.change({ table: !table }, "replace")}>
          {table ? <ChartIcon /> : <TableIcon />}
        </IconButton>
        <KeepButton model={model} question={async () => (await import("./kept_question")).keptShares(model.view.peek(), model.range.peek())} />
      </div>
    </div>
  );
}

function Nothing({ model }: { readonly model: Model }) {
  const { of } = model.view.value.shares;
  return (
    <div class="state" style={{ height: `${HEIGHT_PX}px` }}>
      <h2>No {OF_WORDS[of].many} match this filter in this range</h2>
      <p>A row is made when what belongs to it has had its time to arrive: the newest minutes may not be there yet.</p>
      <div class="state-actions">
        <Button class="primary" onClick={() => model.setRange({ from: "now-24h", to: "now" })}>
          Widen to 24 hours
        </Button>
        <Button onClick={() => model.change({ tab: "latency" })}>Look at the spans</Button>
      </div>
    </div>
  );
}

function Answer({ model, shares }: { readonly model: Model; readonly shares: Shares }) {
  const { shares: asked, table, open } = model.view.value;
  return (
    <SharesAnswer
      shares={shares}
      of={asked.of}
      by={asked.by}
      table={table}
      open={open?.spanId ?? null}
      onOpen={model.openSlowSpan}
      onFilter={model.addClause}
      onBy={(by) => model.change({ shares: { ...asked, by } })}
    >
      <CompareActions model={model} canDrag={false} />
    </SharesAnswer>
  );
}
