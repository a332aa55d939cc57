// The part that holds for any server with data: the first view draws, a dot opens its trace, Escape returns to the dot.
import assert from "node:assert/strict";
import { until } from "./until.mjs";

/** Time for a chart to take its new width. */
const SETTLED_MS = 300;

export async function smoke(page, url) {
  await page.goto(url);
  const dot = page.locator('.dot-buttons button[tabindex="0"]');
  await dot.waitFor({ state: "attached" });
  await until(page, () => document.title.includes("API requests by verb and resource, without watches and streams"));
  assert.equal(await page.locator(".chip.excluding").count(), 2);
  await page.keyboard.press("d");
  const label = await page.evaluate(() => document.activeElement.getAttribute("aria-label"));
  assert.match(label, /^\d.*(s|min|h), .+, \d\d:\d\d:\d\d, (p50|p99|maximum|error|median|nearest)/);
  const spanId = await page.evaluate(() => document.activeElement.dataset.span);
  await page.keyboard.press("Enter");
  await page.locator(".waterfall-row.selected").waitFor();
  assert.match(await page.locator(".drawer h2").innerText(), /^[a-z]+ .+: .+ (ns|µs|ms|s|min|h), (\d{3}|no status code)/);
  assert.match(await page.locator(".etcd-sentence").first().innerText(), /^(etcd and the way to it took .+ % of the request|no time went to etcd)$/);
  assert(await page.locator(".stacked-parts li").count() > 0, "the answer lists where the time went");
  assert.match(page.url(), new RegExp(`trace=[0-9a-f]{32}&span=${spanId}`));
  assert(await page.locator(".attribute").count() > 3, "the span has attributes");
  await page.keyboard.press("Escape");
  await page.locator(".drawer").waitFor({ state: "detached" });
  await until(page, (id) => document.activeElement.dataset.span === id, spanId);
  await page.waitForTimeout(SETTLED_MS);
  assert.equal(await page.evaluate(() => document.activeElement.dataset.span), spanId, "the focus stays while the chart widens");
}
