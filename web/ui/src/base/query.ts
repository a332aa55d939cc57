// A request whose state a screen follows: newest call wins, older ones are cancelled, the last good answer is kept while loading.
import { type ReadonlySignal, signal } from "@preact/signals";
import type { Failure, Result } from "./result";

export interface QueryState<Value> {
  readonly loading: boolean;
  /** The last good answer; kept while a newer one loads or after one failed. */
  readonly value: Value | null;
  readonly failure: Failure | null;
}

export interface Query<Request, Value> {
  readonly state: ReadonlySignal<QueryState<Value>>;
  run(request: Request): Promise<void>;
  /** Cancels what is under way, which then has failed. */
  cancel(): void;
  /** Cancels what is under way and forgets the answer. */
  clear(): void;
}

export function createQuery<Request, Value>(
  fetchValue: (request: Request, signal: AbortSignal) => Promise<Result<Value>>,
): Query<Request, Value> {
  const state = signal<QueryState<Value>>({ loading: false, value: null, failure: null });
  let underWay: AbortController | null = null;

  return {
    state,
    async run(request) {
      underWay?.abort();
      const controller = new AbortController();
      underWay = controller;
      state.value = { ...state.peek(), loading: true };
      const result = await fetchValue(request, controller.signal);
      if (underWay !== controller) return;
      underWay = null;
      state.value = result.ok
        ? { loading: false, value: result.value, failure: null }
        : { loading: false, value: state.peek().value, failure: result.failure };
    },
    cancel: () => underWay?.abort(),
    clear() {
      underWay?.abort();
      underWay = null;
      state.value = { loading: false, value: null, failure: null };
    },
  };
}
