// The outcome of something that can fail, and the kinds of failure a screen has to tell apart.

/** A part of the filter text, in bytes of its UTF-8 form, as the server counts. */
export interface TextPosition {
  readonly offset: number;
  readonly length: number;
}

export type FailureKind =
  /** The request was refused because of what it says (HTTP 400). */
  | "invalid"
  | "not_found"
  /** Nobody knows who asks (HTTP 401): log in. */
  | "unauthenticated"
  /** The request may not be made, or not like this (any other 4xx). */
  | "refused"
  /** A limit of the server is reached, of size or time (HTTP 413, 504): ask for less. */
  | "limit"
  /** Something else has been changed or kept there since (HTTP 409). */
  | "conflict"
  /** The server cannot answer now: overload, replay at start. */
  | "unavailable"
  /** The server could not be reached. */
  | "network"
  /** The answer does not have the promised shape. */
  | "malformed"
  | "cancelled"
  /** Any other failure of the server. */
  | "server";

export interface Failure {
  readonly kind: FailureKind;
  readonly message: string;
  readonly position?: TextPosition;
  /** Of a conflict: the whole answer, which has what is there now. */
  readonly answer?: unknown;
}

export type Result<Value> = { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly failure: Failure };

export function success<Value>(value: Value): Result<Value> {
  return { ok: true, value };
}

export function failure(kind: FailureKind, message: string, position?: TextPosition): Result<never> {
  return { ok: false, failure: position === undefined ? { kind, message } : { kind, message, position } };
}
