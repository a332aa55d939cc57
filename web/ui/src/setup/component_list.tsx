// The components of a cluster, each green once its spans arrive; and those who tried and failed.
import type { Sender, Senders } from "../api/senders";
import { visibleName } from "../base/foreign_text";
import { formatCount, formatDuration, formatInstant, formatQuantity } from "../base/format";
import { CheckIcon, ErrorIcon } from "../widgets/icons";
import { type ComponentState, EXPECTED_NAMES, componentStates, strangers } from "./component_state";
import { useSenders } from "./use_senders";

const INTERVAL_MS = 2_000;
/** Somebody with a port scanner fills a list quickly. */
const STRANGERS_MAX = 8;

interface ComponentListProps {
  /** What the chosen distribution lets send; null where nothing is chosen. */
  readonly possible: readonly string[] | null;
}

export function ComponentList({ possible }: ComponentListProps) {
  const { list, before, failure } = useSenders(INTERVAL_MS);
  if (list === null) return <p class="muted">{failure === null ? "Asking who sends." : `Who sends is not known: ${failure.message}`}</p>;
  return (
    <>
      <ul class="component-list" aria-label="Components">
        {componentStates(list, before).map((state) => (
          <Row key={state.component} state={state} now={list.now} isPossible={possible === null || state.component === "collector" || possible.includes(state.component)} />
        ))}
      </ul>
      <Strangers senders={strangers(list)} />
      <p class="muted">
        {failure === null ? `Asked every two seconds; as of ${formatInstant(list.now)}.` : `The server cannot be reached; as of ${formatInstant(list.now)}.`}
      </p>
    </>
  );
}

interface RowProps {
  readonly state: ComponentState;
  readonly now: Senders["now"];
  readonly isPossible: boolean;
}

function Row({ state, now, isPossible }: RowProps) {
  const { component, stage } = state;
  return (
    <li class={`component-row ${stage}`}>
      <span class="component-mark" aria-hidden="true">
        {stage === "spans" ? <CheckIcon /> : stage === "silent" ? <ErrorIcon /> : null}
      </span>
      <strong>{EXPECTED_NAMES[component]}</strong>
      <span>{stageWords(state, now, isPossible)}</span>
      {state.advice !== null && <span class="component-advice">{state.advice}</span>}
    </li>
  );
}

/** "42 spans/s, 18,204 so far, last seen 14:02:05" */
export function stageWords({ stage, component, spans, spansPerSecond, senders, lastSeen }: ComponentState, now: bigint, isPossible: boolean): string {
  const from = senders === 1 ? "" : ` from ${formatQuantity(senders, "sender")}`;
  const seen = lastSeen === null ? "" : `last seen ${formatDuration(Math.max(Number(now - lastSeen), 0))} ago`;
  switch (stage) {
    case "never":
      if (component === "collector") return "none seen; needed only for many nodes, or where nothing else can carry a token";
      return isPossible ? "never connected" : "never connected; this distribution does not let it send";
    case "without_spans":
      return `connected without spans${from}, ${seen}`;
    case "silent":
      return `silent: ${formatQuantity(spans, "span")} so far${from}, ${seen}, at ${formatInstant(lastSeen ?? 0n)}`;
    case "spans":
      return `${spansPerSecond === null ? "" : `${rateText(spansPerSecond)}, `}${formatQuantity(spans, "span")} so far${from}, ${seen}`;
  }
}

function rateText(perSecond: number): string {
  return `${perSecond < 10 && perSecond > 0 ? perSecond.toFixed(1) : formatCount(perSecond)} spans/s`;
}

function Strangers({ senders }: { readonly senders: readonly Sender[] }) {
  if (senders.length === 0) return null;
  return (
    <>
      <h3>Tried to send</h3>
      <ul class="strangers">
        {senders.slice(0, STRANGERS_MAX).map((sender, place) => (
          <li key={place}>
            <code>{visibleName(sender.address, 60)}</code> <bdi class="muted">{visibleName(sender.userAgent, 80)}</bdi>
            <p>{sender.advice}</p>
          </li>
        ))}
      </ul>
      {senders.length > STRANGERS_MAX && <p class="muted">and {formatQuantity(senders.length - STRANGERS_MAX, "more sender")}</p>}
    </>
  );
}
