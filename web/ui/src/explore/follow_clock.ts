// Asks again as the server says that it has new spans, or every so often where it does not say so.
import { effect, signal, untracked } from "@preact/signals";
import { listenLive } from "../api/live";
import { nowNanos, parseSpan, parseTime } from "../base/time";
import type { ClockNeeds, Told } from "./clock";
import { READ, isBeingRead } from "./reading";
import type { Range } from "./view";

/** At most once in this time. */
const LEAST_MS = 1_000;
/** Where no news come, `now` moves on all the same: a sender that has stopped must be seen to have stopped. */
const QUIET_MS = 30_000;
/** Answers that took longer are asked for no more often than the reader chose. */
const CHEAP_MS = 250;
/** Of a longer time, a second more or less is not seen. */
const SHORT_NS = 15n * 60n * 1_000_000_000n;
/** What is being read is looked at again after this. */
const READING_MS = 500;

/** Asks until the returned function is called; while the page is hidden nothing is asked and nothing listened to. */
export function followClock({ refresh, range, isBusy, ask, ...needs }: ClockNeeds, { isLive, heldBy }: Told): () => void {
  const isHidden = signal(document.hidden);
  const onVisibility = () => void (isHidden.value = document.hidden);
  /** Of the spans that the last answers may lack. */
  let [hasNews, version]: [boolean, string | null] = [false, null];
  let askedAt = Date.now();
  let tookMs = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const wait = (milliseconds: number) => {
    clearTimeout(timer);
    timer = setTimeout(look, Math.max(milliseconds, 0));
  };
  const look = () => {
    const interval = intervalOf(refresh.peek());
    if (interval === null || isHidden.peek() || isBusy.peek()) return;
    const pause = isLive.peek() ? livePause({ interval, hasNews, spanNs: lengthOf(range.peek()), tookMs }) : interval;
    const left = askedAt + pause - Date.now();
    if (left > 0) return wait(left);
    heldBy.value = needs.isReading() || isBeingRead() ? READ : null;
    if (heldBy.value !== null) return wait(READING_MS);
    [hasNews, askedAt] = [false, Date.now()];
    ask();
    wait(LEAST_MS);
  };
  const listen = () =>
    listenLive({
      onWatermark(heard) {
        // The first one says what this screen has just asked for.
        hasNews ||= version !== null && version !== heard.version;
        version = heard.version;
        isLive.value = true;
        look();
      },
      onLost() {
        isLive.value = false;
        look();
      },
    });

  document.addEventListener("visibilitychange", onVisibility);
  const stops = [
    () => document.removeEventListener("visibilitychange", onVisibility),
    effect(() => {
      heldBy.value = null;
      if (isHidden.value || intervalOf(refresh.value) === null) return;
      const stop = listen();
      untracked(look);
      return () => {
        stop();
        isLive.value = false;
      };
    }),
    effect(() => {
      if (!isBusy.value) return;
      const since = Date.now();
      return () => {
        tookMs = Date.now() - since;
        wait(0);
      };
    }),
    // Last, for what stops before it may still set it.
    () => clearTimeout(timer),
  ];
  return () => stops.forEach((stop) => stop());
}

/** In nanoseconds; null where it is no range of time. */
function lengthOf({ from, to }: Range): bigint | null {
  const now = nowNanos();
  const [start, end] = [parseTime(from, now), parseTime(to, now)];
  return start === null || end === null ? null : end - start;
}

/** Milliseconds; null for off. */
function intervalOf(refresh: string): number | null {
  const span = parseSpan(refresh);
  return span === null ? null : Number(span / 1_000_000n);
}

interface Pause {
  readonly interval: number;
  readonly hasNews: boolean;
  readonly spanNs: bigint | null;
  /** How long the last answers took. */
  readonly tookMs: number;
}

/** How long after the last question the next one may be asked, where the server tells of new spans. */
export function livePause({ interval, hasNews, spanNs, tookMs }: Pause): number {
  if (!hasNews) return Math.max(interval, QUIET_MS);
  const isCheap = spanNs !== null && spanNs <= SHORT_NS && tookMs <= CHEAP_MS;
  return isCheap ? LEAST_MS : interval;
}
