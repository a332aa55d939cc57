// What stands in the place of an answer: that it is under way, or why it did not come.
import type { ComponentChildren } from "preact";
import type { Failure } from "../base/result";
import { Button } from "./button";

export function Skeleton({ height }: { readonly height: number }) {
  return (
    <div class="skeleton" role="status" style={{ height: `${height}px` }}>
      <span class="visually-hidden">loading</span>
    </div>
  );
}

export const HEADLINES: Readonly<Record<Failure["kind"], string>> = {
  invalid: "The server does not accept this query",
  not_found: "Not found",
  unauthenticated: "The server does not know who asks",
  conflict: "Somebody else has changed this",
  refused: "The server refuses this request",
  limit: "A limit of the server is reached",
  unavailable: "The server cannot answer just now",
  network: "The server cannot be reached",
  malformed: "The server’s answer is not understood",
  cancelled: "The request was cancelled",
  server: "The server failed",
};

export function retryWords({ kind }: Failure): string {
  return kind === "cancelled" ? "Run again" : "Try again";
}

export interface FailureStateProps {
  readonly failure: Failure;
  readonly height?: number;
  readonly onRetry: () => void;
  /** Other ways out than to try again. */
  readonly children?: ComponentChildren;
}

export function FailureState({ failure, height, onRetry, children }: FailureStateProps) {
  return (
    <div class="state" role="alert" style={height === undefined ? {} : { height: `${height}px` }}>
      <h2>{HEADLINES[failure.kind]}</h2>
      {failure.kind !== "cancelled" && <p>{failure.kind === "invalid" && height !== undefined ? "The filter above shows what is wrong." : failure.message}</p>}
      <div class="state-actions">
        {children}
        {failure.kind !== "invalid" && (
          <Button class={failure.kind === "limit" ? "" : "primary"} onClick={onRetry}>
            {retryWords(failure)}
          </Button>
        )}
      </div>
    </div>
  );
}
