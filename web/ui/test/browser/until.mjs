// Waiting for what comes later, however slow the machine is: asked again every 50 ms by this process, and so also of a page that draws no frames.
import { setTimeout as pause } from "node:timers/promises";

const POLL_MS = 50;
/** How long anything may take: a machine that is busy with something else takes many times as long as an idle one. */
export const PATIENCE_MS = 60_000;

/** Until the function holds in the page; gives what it returned. A page that is just being loaded is asked again. */
export async function until(page, holds, argument) {
  return eventually(async () => {
    const found = await page.evaluate(holds, argument);
    if (!found) throw new Error(`never held within ${PATIENCE_MS} ms: ${holds}${argument === undefined ? "" : ` with ${JSON.stringify(argument)}`}; at last it gave ${JSON.stringify(found)}`);
    return found;
  });
}

/** Until a check passes; fails with what it said last. It may be tried many times, so it only looks. */
export async function eventually(check) {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > deadline || /has been closed/.test(error.message)) throw error;
    }
    await pause(POLL_MS);
  }
}

/** Until the clipboard holds a text that matches: it is written after the click, not with it. Gives the text. */
export async function copied(page, pattern) {
  return eventually(async () => {
    const text = await page.evaluate(() => navigator.clipboard.readText());
    if (!pattern.test(text)) throw new Error(`the clipboard holds ${JSON.stringify(text.slice(0, 400))}, which does not match ${pattern}`);
    return text;
  });
}
