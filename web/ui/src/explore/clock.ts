// When a screen asks again by itself; how that is done is fetched once a reader has asked for it.
import { type ReadonlySignal, type Signal, computed, effect, signal } from "@preact/signals";
import type { Range } from "./view";

export interface ClockNeeds {
  /** How often, as chosen: "off" or a length of time. */
  readonly refresh: ReadonlySignal<string>;
  /** What time is asked for. */
  readonly range: ReadonlySignal<Range>;
  /** Whether answers are awaited. */
  readonly isBusy: ReadonlySignal<boolean>;
  /** Whether something of this screen is being read that must not change meanwhile. */
  readonly isReading: () => boolean;
  readonly ask: () => void;
}

export interface Told {
  /** Whether the server tells of new spans. */
  readonly isLive: Signal<boolean>;
  /** Why something new waits, as in "paused while …"; null where nothing does. */
  readonly heldBy: Signal<string | null>;
}

export interface Clock {
  readonly isLive: ReadonlySignal<boolean>;
  readonly heldBy: ReadonlySignal<string | null>;
  /** Asks until the returned function is called. */
  readonly follow: () => () => void;
}

export function createClock(needs: ClockNeeds): Clock {
  const told: Told = { isLive: signal(false), heldBy: signal(null) };
  const isOn = computed(() => needs.refresh.value !== "off");
  const begin = () => {
    let stop: (() => void) | null = null;
    let isOver = false;
    import("./follow_clock").then(
      ({ followClock }) => {
        if (!isOver) stop = followClock(needs, told);
      },
      () => void (told.heldBy.value = "this page is older than its server: load it again"),
    );
    return () => {
      isOver = true;
      stop?.();
    };
  };
  return { ...told, follow: () => effect(() => (isOn.value ? begin() : undefined)) };
}
