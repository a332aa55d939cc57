// A request whose state a screen follows: newest call wins, older ones are cancelled, the last good answer is kept while loading.
import { type ReadonlySignal, signal } from "@preact/signals";
import type { OnProgress, Progress } from "./answer_stream";
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
  /** How far what is under way is; null where nothing is known of it. Apart from the state, for it changes while the state stays. */
  readonly progress: ReadonlySignal<Progress | null>;
  run(request: Request): Promise<void>;
  /** Cancels what is under way, which then has failed. */
  cancel(): void;
  /** Cancels what is under way and forgets the answer. */
  clear(): void;
}

/** Whether the reader gave it up: it is not asked again before they say so. */
export function wasCancelled({ failure }: Pick<QueryState<unknown>, "failure">): boolean {
  return failure?.kind === "cancelled";
}

const NOTHING = { loading: false, value: null, failure: null, answeredAt: null };

export function createQuery<Request, Value>(
  fetchValue: (request: Request, signal: AbortSignal, onProgress: OnProgress) => Promise<Result<Value>>,
): Query<Request, Value> {
  const state = signal<QueryState<Value>>(NOTHING);
  const progress = signal<Progress | null>(null);
  let underWay: AbortController | null = null;

  return {
    state,
    progress,
    async run(request) {
      underWay?.abort();
      const controller = new AbortController();
      underWay = controller;
      progress.value = null;
      state.value = { ...state.peek(), loading: true };
      const result = await fetchValue(request, controller.signal, (now) => {
        if (underWay === controller) progress.value = now;
      });
      if (underWay !== controller) return;
      underWay = null;
      progress.value = null;
      state.value = result.ok
        ? { loading: false, value: result.value, failure: null, answeredAt: Date.now() }
        : { ...state.peek(), loading: false, failure: result.failure };
    },
    cancel: () => underWay?.abort(),
    clear() {
      underWay?.abort();
      underWay = null;
      progress.value = null;
      state.value = NOTHING;
    },
  };
}
