// Reads untyped JSON into typed values and says where a value does not have the promised shape.
import { type Result, failure, success } from "./result";
import type { Nanos } from "./time";

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

class ShapeError extends Error {}

/** One JSON value and the way that led to it, which is put into words only where something is wrong: answers have millions of values. */
export class Reader {
  constructor(
    private readonly value: unknown,
    private readonly key: string | number,
    private readonly parent: Reader | null = null,
  ) {}

  private get path(): string {
    if (this.parent === null) return String(this.key);
    return typeof this.key === "number" ? `${this.parent.path}[${this.key}]` : `${this.parent.path}.${this.key}`;
  }

  refuse(expected: string): never {
    throw new ShapeError(`${this.path} is not ${expected}`);
  }

  private record(): Record<string, unknown> {
    if (typeof this.value !== "object" || this.value === null || Array.isArray(this.value)) this.refuse("an object");
    return this.value as Record<string, unknown>;
  }

  get absent(): boolean {
    return this.value === undefined || this.value === null;
  }

  at(key: string): Reader {
    return new Reader(this.record()[key], key, this);
  }

  entries(): readonly (readonly [string, Reader])[] {
    return Object.entries(this.record()).map(([key, value]) => [key, new Reader(value, key, this)] as const);
  }

  /** Of a list. */
  length(): number {
    return Array.isArray(this.value) ? this.value.length : this.refuse("a list");
  }

  list<Item>(read: (item: Reader) => Item): readonly Item[] {
    if (!Array.isArray(this.value)) this.refuse("a list");
    return (this.value as unknown[]).map((item, index) => read(new Reader(item, index, this)));
  }

  /** The list, or an empty one where the key is left out. */
  listOrEmpty<Item>(read: (item: Reader) => Item): readonly Item[] {
    return this.absent ? [] : this.list(read);
  }

  /** The list as it came, where each item has the shape already: nothing is copied. */
  listAsIs<Item>(expected: string, has: (item: unknown) => item is Item): readonly Item[] {
    if (!Array.isArray(this.value)) this.refuse("a list");
    const items = this.value as unknown[];
    for (let place = 0; place < items.length; place++) if (!has(items[place])) new Reader(items[place], place, this).refuse(expected);
    return items as Item[];
  }

  /** The text of a field; like the others that end with "At", it makes no reader where all is as promised, for an answer has many thousand objects. */
  textAt(key: string): string {
    const value = this.record()[key];
    return typeof value === "string" ? value : this.at(key).refuse("a string");
  }

  numberAt(key: string): number {
    const value = this.record()[key];
    return typeof value === "number" ? value : this.at(key).refuse("a number");
  }

  flagAt(key: string): boolean {
    return this.record()[key] === true;
  }

  /** The numbers of an object in a field, by their keys. */
  numbersAt(key: string): ReadonlyMap<string, number> {
    const values = this.at(key);
    return new Map(Object.keys(values.record()).map((name) => [name, values.numberAt(name)]));
  }

  absentAt(key: string): boolean {
    const value = this.record()[key];
    return value === undefined || value === null;
  }

  text(): string {
    return typeof this.value === "string" ? this.value : this.refuse("a string");
  }

  number(): number {
    return typeof this.value === "number" ? this.value : this.refuse("a number");
  }

  /** A whole number from `low` to `high`. */
  integer(low: number, high: number): number {
    const { value } = this;
    if (typeof value === "number" && Number.isInteger(value) && value >= low && value <= high) return value;
    return this.refuse(`a whole number from ${low} to ${high}`);
  }

  /** A text that `isRight` takes; `expected` says what that is. */
  textThat(isRight: (text: string) => boolean, expected: string): string {
    return typeof this.value === "string" && isRight(this.value) ? this.value : this.refuse(expected);
  }

  /** One of some words. */
  choice<Word extends string>(words: readonly Word[]): Word {
    return words.find((word) => word === this.value) ?? this.refuse(`one of ${words.join(", ")}`);
  }

  /** Refuses an object that has other fields. */
  hasOnly(fields: readonly string[]): void {
    const unknown = Object.keys(this.record()).find((key) => !fields.includes(key));
    if (unknown !== undefined) throw new ShapeError(`${this.path}.${unknown} is not known: there are ${fields.join(", ")}`);
  }

  /** Not true unless it says so, and nothing else than true or false. */
  boolean(): boolean {
    return typeof this.value === "boolean" ? this.value : this.refuse("true or false");
  }

  flag(): boolean {
    return this.value === true;
  }

  /** Unix nanoseconds, sent as a decimal string because they do not fit a double. */
  nanos(): Nanos {
    if (typeof this.value === "string" && /^-?\d{1,20}$/.test(this.value)) return BigInt(this.value);
    return this.refuse("a decimal string of nanoseconds");
  }

  optional<Value>(read: (value: Reader) => Value): Value | null {
    return this.absent ? null : read(this);
  }

  json(): Json {
    return (this.value ?? null) as Json;
  }
}

/** Applies `read` to an answer; a wrong shape becomes a failure of kind "malformed". */
export function readJson<Value>(answer: Result<unknown>, read: (value: Reader) => Value): Result<Value> {
  if (!answer.ok) return answer;
  try {
    return success(read(new Reader(answer.value, "answer")));
  } catch (error) {
    if (error instanceof ShapeError) return failure("malformed", `the server's answer is not understood: ${error.message}`);
    throw error;
  }
}

/** Reads a value that a person gave, such as a file; `name` is what it is called in the message. */
export function readGiven<Value>(given: unknown, name: string, read: (value: Reader) => Value): Result<Value> {
  try {
    return success(read(new Reader(given, name)));
  } catch (error) {
    if (error instanceof ShapeError) return failure("invalid", error.message);
    throw error;
  }
}

/** A value of any type as text. */
export function valueText(value: Json): string {
  if (value === null) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
