import { signal } from "@preact/signals";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { readWatermark } from "../../src/api/live";
import { createClock } from "../../src/explore/clock";
import { followClock, livePause } from "../../src/explore/follow_clock";
import { READ, isBeingRead } from "../../src/explore/reading";

/** A stream whose server is the test. */
class Stream extends EventTarget {
  static readonly CLOSED = 2;
  static readonly opened: Stream[] = [];
  static get last(): Stream {
    return Stream.opened.at(-1)!;
  }
  readyState = 1;
  constructor(readonly url: URL) {
    super();
    Stream.opened.push(this);
  }
  close(): void {
    this.readyState = Stream.CLOSED;
  }
  says(version: string): void {
    this.dispatchEvent(new MessageEvent("watermark", { data: JSON.stringify({ version, complete_to: null }) }));
  }
  fails(readyState: number): void {
    this.readyState = readyState;
    this.dispatchEvent(new Event("error"));
  }
}

let isHidden = false;
const hide = (hidden: boolean) => {
  isHidden = hidden;
  document.dispatchEvent(new Event("visibilitychange"));
};

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("EventSource", Stream);
  vi.stubGlobal("matchMedia", () => ({ matches: true }));
  vi.spyOn(document, "hidden", "get").mockImplementation(() => isHidden);
  isHidden = false;
  Stream.opened.length = 0;
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  vi.useRealTimers();
});

/** A screen of the last five minutes that refreshes every 5 s, and what it asked. */
function screen(refreshEvery = "5s") {
  const refresh = signal(refreshEvery);
  const range = signal({ from: "now-5m", to: "now" });
  const isBusy = signal(false);
  const reading = { now: false };
  const tick = signal(0);
  const told = { isLive: signal(false), heldBy: signal<string | null>(null) };
  const stop = followClock({ refresh, range, isBusy, isReading: () => reading.now, ask: () => void tick.value++ }, told);
  return { refresh, range, isBusy, reading, tick, stop, ...told };
}

const pass = (seconds: number) => vi.advanceTimersByTime(seconds * 1_000);

describe("without a stream", () => {
  it("asks at the chosen interval", () => {
    const { tick, refresh, stop } = screen();
    Stream.last.fails(Stream.CLOSED);
    pass(4.9);
    expect(tick.value).toBe(0);
    pass(0.2);
    expect(tick.value).toBe(1);
    pass(15);
    expect(tick.value).toBe(4);
    refresh.value = "30s";
    pass(29);
    expect(tick.value).toBe(4);
    pass(2);
    expect(tick.value).toBe(5);
    stop();
  });

  it("is the same where a stream was opened that says nothing, as behind a proxy that keeps it back", () => {
    const { tick, isLive, stop } = screen();
    pass(5.1);
    expect([tick.value, isLive.value]).toEqual([1, false]);
    stop();
  });

  it("tries again after a minute where the stream was refused", () => {
    const { isLive, stop } = screen();
    Stream.last.fails(Stream.CLOSED);
    pass(61);
    expect(Stream.opened.length).toBe(2);
    Stream.last.says("a");
    expect(isLive.value).toBe(true);
    stop();
    pass(600);
    expect(Stream.opened.length).toBe(2);
  });
});

it("a clock does nothing until refreshing is on, and stops when it is off again", async () => {
  const refresh = signal("off");
  const ask = vi.fn();
  const clock = createClock({ refresh, range: signal({ from: "now-5m", to: "now" }), isBusy: signal(false), isReading: () => false, ask });
  const stop = clock.follow();
  await vi.dynamicImportSettled();
  expect(Stream.opened.length).toBe(0);
  refresh.value = "5s";
  await vi.dynamicImportSettled();
  Stream.last.says("a");
  expect(clock.isLive.value).toBe(true);
  refresh.value = "off";
  expect([Stream.last.readyState, clock.isLive.value]).toEqual([Stream.CLOSED, false]);
  pass(60);
  expect(ask).not.toHaveBeenCalled();
  stop();
});

describe("with a stream", () => {
  it("asks a second after the last time when there is something new, not before", () => {
    const { tick, stop } = screen();
    Stream.last.says("a");
    pass(6);
    expect(tick.value).toBe(0);
    Stream.last.says("a");
    pass(1);
    expect(tick.value).toBe(0);
    Stream.last.says("b");
    expect(tick.value).toBe(1);
    Stream.last.says("c");
    pass(0.9);
    expect(tick.value).toBe(1);
    pass(0.2);
    expect(tick.value).toBe(2);
    pass(20);
    expect(tick.value).toBe(2);
    stop();
  });

  it("asks every half minute though nothing new comes: senders that have stopped are seen to have stopped", () => {
    const { tick, stop } = screen();
    Stream.last.says("a");
    pass(29.9);
    expect(tick.value).toBe(0);
    pass(0.2);
    expect(tick.value).toBe(1);
    stop();
  });

  it("asks for a long time, or for what was slow, no more often than chosen", () => {
    const { tick, range, isBusy, stop } = screen();
    range.value = { from: "now-6h", to: "now" };
    Stream.last.says("a");
    Stream.last.says("b");
    pass(4.9);
    expect(tick.value).toBe(0);
    pass(0.2);
    expect(tick.value).toBe(1);
    range.value = { from: "now-5m", to: "now" };
    isBusy.value = true;
    pass(0.4);
    isBusy.value = false;
    Stream.last.says("c");
    pass(4);
    expect(tick.value).toBe(1);
    pass(1);
    expect(tick.value).toBe(2);
    stop();
  });

  it("goes on by the interval when the stream is lost, and by the stream when it is back", () => {
    const { tick, isLive, stop } = screen();
    Stream.last.says("a");
    Stream.last.fails(0);
    expect(isLive.value).toBe(false);
    pass(5.1);
    expect(tick.value).toBe(1);
    Stream.last.says("b");
    expect(isLive.value).toBe(true);
    pass(1);
    expect(tick.value).toBe(2);
    stop();
  });

  it("closes it while the page is hidden, and catches up when it is seen again", () => {
    const { tick, stop } = screen();
    Stream.last.says("a");
    hide(true);
    expect(Stream.last.readyState).toBe(Stream.CLOSED);
    pass(600);
    expect(tick.value).toBe(0);
    hide(false);
    expect([Stream.opened.length, tick.value]).toEqual([2, 1]);
    stop();
    expect(Stream.last.readyState).toBe(Stream.CLOSED);
  });

  it("waits for answers that are under way", () => {
    const { tick, isBusy, stop } = screen();
    Stream.last.says("a");
    isBusy.value = true;
    Stream.last.says("b");
    pass(60);
    expect(tick.value).toBe(0);
    isBusy.value = false;
    pass(0.1);
    expect(tick.value).toBe(1);
    stop();
  });

  it("waits while the reader reads, says so, and asks at once afterwards", () => {
    const { tick, reading, heldBy, stop } = screen();
    Stream.last.says("a");
    reading.now = true;
    pass(2);
    expect(heldBy.value).toBeNull();
    Stream.last.says("b");
    pass(60);
    expect([tick.value, heldBy.value]).toEqual([0, READ]);
    reading.now = false;
    pass(0.6);
    expect([tick.value, heldBy.value]).toEqual([1, null]);
    stop();
  });
});

it("a pause is never shorter than a second", () => {
  const cheap = { interval: 30_000, hasNews: true, spanNs: 60_000_000_000n, tookMs: 20 };
  expect(livePause(cheap)).toBe(1_000);
  expect(livePause({ ...cheap, spanNs: null })).toBe(30_000);
  expect(livePause({ ...cheap, hasNews: false, interval: 5_000 })).toBe(30_000);
});

it.each([
  ['{"version":"7","complete_to":"1795000000000000000"}', { version: "7", completeTo: 1_795_000_000_000_000_000n }],
  ['{"version":"7","complete_to":null}', { version: "7", completeTo: null }],
  ['{"version":7}', null],
  ["<html>", null],
])("a watermark is read out of %s", (data, expected) => expect(readWatermark(data)).toEqual(expected));

describe("reading", () => {
  it.each(['<dialog open></dialog>', '<div role="menu"></div>', '<div class="dragging"></div>'])("is a page with %s", (markup) => {
    document.body.replaceChildren(new DOMParser().parseFromString(markup, "text/html").body.firstElementChild!);
    expect(isBeingRead()).toBe(true);
    document.body.replaceChildren();
    expect(isBeingRead()).toBe(false);
  });

  it("is a page with a part of its text selected", () => {
    document.body.textContent = "p99 812 ms";
    document.getSelection()?.selectAllChildren(document.body);
    expect(isBeingRead()).toBe(true);
    document.getSelection()?.removeAllRanges();
    expect(isBeingRead()).toBe(false);
  });
});
