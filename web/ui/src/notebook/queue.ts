// Lets so many tasks run at once; the others wait their turn, and one that is cancelled while it waits never starts.

export interface Queue {
  run<Value>(task: () => Promise<Value>, signal: AbortSignal, whenCancelled: () => Value): Promise<Value>;
}

export function createQueue(atOnce: number): Queue {
  let free = atOnce;
  /** Each is given the place of one that has ended. */
  const waiting: ((hasPlace: boolean) => void)[] = [];

  const place = (signal: AbortSignal): Promise<boolean> => {
    if (signal.aborted) return Promise.resolve(false);
    if (free > 0) {
      free--;
      return Promise.resolve(true);
    }
    return new Promise((resolve) => {
      waiting.push(resolve);
      const leave = () => {
        const at = waiting.indexOf(resolve);
        if (at < 0) return;
        waiting.splice(at, 1);
        resolve(false);
      };
      signal.addEventListener("abort", leave, { once: true });
    });
  };
  const leave = () => {
    const next = waiting.shift();
    if (next === undefined) free++;
    else next(true);
  };

  return {
    async run(task, signal, whenCancelled) {
      if (!(await place(signal))) return whenCancelled();
      try {
        return await task();
      } finally {
        leave();
      }
    },
  };
}
