import { h, render } from "preact";
import { afterEach, expect, it, vi } from "vitest";
import type { TraceModel } from "../../src/trace/trace_model";
import { useTraceKeys } from "../../src/trace/waterfall_keys";

const host = document.createElement("div");
const press = (key: string) => document.dispatchEvent(new KeyboardEvent("keydown", { key }));
/** A model of which `*` alone matters. */
const modelOf = (flipBelow: () => void) => ({ flipBelow }) as unknown as TraceModel;

function Keys({ model, copyLink }: { readonly model: TraceModel; readonly copyLink: () => void }) {
  useTraceKeys(model, copyLink, true);
  return null;
}

afterEach(() => render(null, host));

it("keys hold as soon as a trace is drawn, and go to the trace that is drawn", () => {
  const [first, second, copyOld, copyNew] = [vi.fn(), vi.fn(), vi.fn(), vi.fn()];
  const [model, next] = [modelOf(first), modelOf(second)];
  render(h(Keys, { model, copyLink: copyOld }), host);
  press("*");
  expect(first).toHaveBeenCalledTimes(1);
  render(h(Keys, { model, copyLink: copyNew }), host);
  press("y");
  expect([copyOld, copyNew].map(({ mock }) => mock.calls.length)).toEqual([0, 1]);
  render(h(Keys, { model: next, copyLink: copyNew }), host);
  press("*");
  expect([first, second].map(({ mock }) => mock.calls.length)).toEqual([1, 1]);
  render(null, host);
  press("*");
  expect(second).toHaveBeenCalledTimes(1);
});
