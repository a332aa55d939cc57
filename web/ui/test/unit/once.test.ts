import { expect, it } from "vitest";
import { once } from "../../src/base/once";

interface Pair {
  readonly key: string;
  readonly value: unknown;
}

it("gives the first of those that say the same", () => {
  const keep = once<Pair>([({ key }) => key, ({ value }) => value]);
  const first = keep({ key: "verb", value: "list" });
  expect(keep({ key: "verb", value: "list" })).toBe(first);
  expect(keep({ key: "verb", value: "get" })).toEqual({ key: "verb", value: "get" });
  expect(keep({ key: "code", value: "list" })).toEqual({ key: "code", value: "list" });
});

it("tells a number from its text, and one key from another of the same length", () => {
  const keep = once<Pair>([({ key }) => key, ({ value }) => value]);
  expect([keep({ key: "a", value: 1 }), keep({ key: "a", value: "1" }), keep({ key: "a", value: true })].map(({ value }) => value)).toEqual([1, "1", true]);
});

it("does not mix what two of it have seen", () => {
  const item = { key: "a", value: 1 };
  const other = { ...item };
  expect(once<Pair>([({ key }) => key])(item)).toBe(item);
  expect(once<Pair>([({ key }) => key])(other)).toBe(other);
});
