// The list of senders, asked for again and again while somebody sees it.
import { useEffect, useMemo, useState } from "preact/hooks";
import { type Senders, fetchSenders } from "../api/senders";
import { createQuery } from "../base/query";
import type { Failure } from "../base/result";

export interface WatchedSenders {
  readonly list: Senders | null;
  /** The list before, for rates. */
  readonly before: Senders | null;
  readonly failure: Failure | null;
}

export function useSenders(intervalMs: number): WatchedSenders {
  const query = useMemo(() => createQuery(fetchSenders), []);
  const [lists, setLists] = useState<readonly [Senders | null, Senders | null]>([null, null]);
  const { value, failure } = query.state.value;
  useEffect(() => {
    if (value !== null) setLists(([last]) => [value, last]);
  }, [value]);
  useEffect(() => {
    const ask = () => {
      if (!document.hidden && !query.state.peek().loading) void query.run(null);
    };
    ask();
    const timer = setInterval(ask, intervalMs);
    document.addEventListener("visibilitychange", ask);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", ask);
      query.clear();
    };
  }, [intervalMs]);
  return { list: lists[0], before: lists[1], failure };
}
