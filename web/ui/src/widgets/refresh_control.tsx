// Asks again, now or every so often.
import { REFRESH_CHOICES, type Refresh } from "../base/refresh";
import { IconButton } from "./button";
import { RefreshIcon } from "./icons";

const LIVE = "live: refreshes as new spans come, what is costly no more often than this";

interface RefreshControlProps {
  readonly refresh: Refresh;
  /** Why it waits, though it is on: something is being read that must not change meanwhile. */
  readonly pausedWhile: string | null;
  /** Whether the server tells when there is something new. */
  readonly isLive: boolean;
  /** Whether an answer is awaited. */
  readonly busy: boolean;
  readonly onNow: () => void;
  readonly onChoose: (refresh: Refresh) => void;
}

export function RefreshControl({ refresh, pausedWhile, isLive, busy, onNow, onChoose }: RefreshControlProps) {
  const paused = refresh !== "off" && pausedWhile !== null;
  return (
    <span class="refresh">
      <IconButton label="Refresh now" onClick={onNow} class={busy ? "busy" : ""}>
        <RefreshIcon />
      </IconButton>
      <select
        aria-label="Refresh every"
        title={paused ? `paused while ${pausedWhile}` : isLive ? LIVE : "refresh every"}
        value={refresh}
        onChange={(event) => onChoose(event.currentTarget.value as Refresh)}
      >
        {REFRESH_CHOICES.map((choice) => (
          <option key={choice} value={choice}>
            {choice === "off" ? "refresh off" : paused ? `${choice}, paused` : isLive ? `${choice}, live` : choice}
          </option>
        ))}
      </select>
    </span>
  );
}
