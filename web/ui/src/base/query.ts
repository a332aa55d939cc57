// A request whose state a screen follows: newest call wins, older ones are cancelled, the last good answer is kept while loading.
import { type ReadonlySignal, signal } from "@preact/signals";
import type { Failure, Result } from "./result";

export interface QueryState<Value> {
  readonly loading: boolean;
  /** The last good answer; kept while a newer one loads or after one failed. */
  readonly value: Value | null;
  readonly failure: Failure | null;
  /** When the last good answer came, in milliseconds since the epoch. */
  readonly answeredAt: number | null;
}

export interface Query<Request, Value> {
  readonly state: ReadonlySignal<QueryState<Value>>;
  run(request: Request): Promise<void>;
  /** Cancels what is under way, which then has failed. */
  cancel(): void;
  /** Cancels what is under way and forgets the answer. */
  clear(): void;
}

const NOTHING = { loading: false, value: null, failure: null, answeredAt: null };

export function createQuery<Request, Value>(
  fetchValue: (request: Request, signal: AbortSignal) => Promise<Result<Value>>,
): Query<Request, Value> {
  const state = signal<QueryState<Value>>(NOTHING);
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
        ? { loading: false, value: result.value, failure: null, answeredAt: Date.now() }
        : { ...state.peek(), loading: false, failure: result.failure };
    },
    cancel: () => underWay?.abort(),
    clear() {
      underWay?.abort();
      underWay = null;
      state.value = NOTHING;
    },
  };
}
