// A red line for each component that sent spans and sends none any more: silence looks like health everywhere else.
import { formatDuration, formatInstant } from "../base/format";
import { EXPECTED_NAMES, componentStates } from "./component_state";
import { useSenders } from "./use_senders";

const INTERVAL_MS = 15_000;

export function SilentLine() {
  const { list } = useSenders(INTERVAL_MS);
  const silent = list === null ? [] : componentStates(list, null).filter(({ stage }) => stage === "silent");
  return (
    <div class="silent-lines" role="status">
      {silent.map(({ component, lastSeen }) => (
        <p key={component} class="silent-line">
          <strong>{EXPECTED_NAMES[component]}</strong> sent nothing for {formatDuration(Number((list?.now ?? 0n) - (lastSeen ?? 0n)))}; last seen{" "}
          {formatInstant(lastSeen ?? 0n)}. <a href="?v=setup">Who sends</a>
        </p>
      ))}
    </div>
  );
}
