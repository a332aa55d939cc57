// The part that holds for any server with data: the first view draws, a dot opens its trace, Escape returns to the dot.
import assert from "node:assert/strict";

/** Time for a chart to take its new width. */
const SETTLED_MS = 300;

export async function smoke(page, url) {
  await page.goto(url);
  const dot = page.locator('.dot-buttons button[tabindex="0"]');
  await dot.waitFor({ state: "attached" });
  assert.match(await page.title(), /API server request latency, by name/);
  assert.equal(await page.locator(".chip.excluding").count(), 4);
  await page.keyboard.press("d");
  const label = await page.evaluate(() => document.activeElement.getAttribute("aria-label"));
  assert.match(label, /^\d.*(s|min|h), .+, \d\d:\d\d:\d\d, (p50|p99|maximum|error|median|nearest)/);
  const spanId = await page.evaluate(() => document.activeElement.dataset.span);
  await page.keyboard.press("Enter");
  await page.locator(".waterfall-row.selected").waitFor();
  assert.match(await page.locator(".etcd-line").innerText(), /^(etcd calls covered .+ of the request \(.+ of .+, .+ calls?\)|no etcd calls in this trace)/);
  assert.match(page.url(), new RegExp(`trace=[0-9a-f]{32}&span=${spanId}`));
  assert(await page.locator(".attribute").count() > 3, "the span has attributes");
  await page.keyboard.press("Escape");
  await page.locator(".drawer").waitFor({ state: "detached" });
  await page.waitForFunction((id) => document.activeElement.dataset.span === id, spanId);
  await page.waitForTimeout(SETTLED_MS);
  assert.equal(await page.evaluate(() => document.activeElement.dataset.span), spanId, "the focus stays while the chart widens");
}
