// Asks again, now or every so often.
import { REFRESH_CHOICES, type Refresh } from "../base/refresh";
import { IconButton } from "./button";
import { RefreshIcon } from "./icons";

interface RefreshControlProps {
  readonly refresh: Refresh;
  /** Why it waits, though it is on: something is being read that must not change meanwhile. */
  readonly pausedWhile: string | null;
  /** Whether an answer is awaited. */
  readonly busy: boolean;
  readonly onNow: () => void;
  readonly onChoose: (refresh: Refresh) => void;
}

export function RefreshControl({ refresh, pausedWhile, busy, onNow, onChoose }: RefreshControlProps) {
  const paused = refresh !== "off" && pausedWhile !== null;
  return (
    <span class="refresh">
      <IconButton label="Refresh now" onClick={onNow} class={busy ? "busy" : ""}>
        <RefreshIcon />
      </IconButton>
      <select
        aria-label="Refresh every"
        title={paused ? `paused while ${pausedWhile}` : "refresh every"}
        value={refresh}
        onChange={(event) => onChoose(event.currentTarget.value as Refresh)}
      >
        {REFRESH_CHOICES.map((choice) => (
          <option key={choice} value={choice}>
            {choice === "off" ? "refresh off" : paused ? `${choice}, paused` : choice}
          </option>
        ))}
      </select>
    </span>
  );
}
