// Questions as text, as SQL and behind a receipt.
import assert from "node:assert/strict";
import { copied } from "./until.mjs";

const filters = (page) => page.evaluate(() => new URLSearchParams(location.search).getAll("f"));

async function openText(page, url, query = "") {
  await page.goto(url + query);
  await page.locator(".count-strip canvas").waitFor();
  await page.getByRole("button", { name: "TraceQL", exact: true }).click();
  await page.locator(".question-field textarea").waitFor();
}

const field = (page) => page.locator(".question-field textarea");

export const questionScenarios = {
  async "a condition is typed as text by keyboard alone, with proposals for each piece"(page, url) {
    await openText(page, url);
    await page.keyboard.type(" && span.ve");
    await page.getByRole("option", { name: /^span.verb/ }).waitFor();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.getByRole("option", { name: /^!=/ }).waitFor();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Tab");
    await page.getByRole("option", { name: /^LIST/ }).waitFor();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    assert.match(await field(page).inputValue(), / && span.verb = "LIST" \}$/);
    await page.keyboard.press("Enter");
    await page.locator(".question-text").waitFor({ state: "detached" });
    assert.equal((await filters(page)).at(-1), 'span.verb = "LIST"');
    assert.equal(await page.locator(".chip").filter({ hasText: "span.verb = LIST" }).count(), 1);
  },

  async "a proposal is taken by a click, and what is wrong is underlined while it is typed"(page, url) {
    await openText(page, url);
    await page.keyboard.type(" && k8s:co");
    await page.getByRole("option", { name: /^k8s:component/ }).click();
    assert.match(await field(page).inputValue(), / && k8s:component \}$/);
    await page.keyboard.type("=~~ ");
    await page.locator(".question-marks mark").waitFor();
    assert.equal(await page.locator(".question-marks mark").textContent(), "=~~");
    await page.getByText("expected a value after =~, found ~").waitFor();
    assert.equal(await field(page).getAttribute("aria-invalid"), "true");
    await page.keyboard.press("Escape");
    await page.keyboard.press("Escape");
    await page.locator(".question-text").waitFor({ state: "detached" });
    assert.deepEqual(await filters(page), [], "Escape leaves the filter as it was");
  },

  async "what chips cannot take apart stays one chip, and comes back as it was"(page, url) {
    await openText(page, url, `?f=${encodeURIComponent('k8s:verb = "list"')}`);
    const text = '{ (k8s:verb = "get" || k8s:verb = "list") && span."odd && key" = "a || b" }';
    await field(page).fill(text);
    await page.keyboard.press("Enter");
    await page.locator(".question-text").waitFor({ state: "detached" });
    assert.deepEqual(await filters(page), ['(k8s:verb = "get" || k8s:verb = "list")', 'span."odd && key" = "a || b"']);
    await page.getByRole("button", { name: "TraceQL", exact: true }).click();
    assert.equal(await field(page).inputValue(), text);
    await field(page).fill('{ name = "a" } >> { name = "b" && kind = client }');
    await page.getByText("This looks at whole traces; the chart takes one span filter, { … }.").waitFor();
  },

  async "questions asked before can be asked again, and forgotten"(page, url) {
    await openText(page, url);
    await field(page).fill('{ name = "first" }');
    await page.keyboard.press("Enter");
    await page.locator(".question-text").waitFor({ state: "detached" });
    await page.reload();
    await page.locator(".count-strip canvas").waitFor();
    await page.getByRole("button", { name: "TraceQL", exact: true }).click();
    await field(page).fill("{ kind = client }");
    await page.getByRole("button", { name: "Asked before" }).click();
    await page.getByRole("button", { name: '{ name = "first" }' }).click();
    assert.equal(await field(page).inputValue(), '{ name = "first" }');
    await page.getByRole("button", { name: "Asked before" }).click();
    await page.getByRole("button", { name: "Forget them" }).click();
    await page.getByRole("button", { name: "Asked before" }).waitFor({ state: "detached" });
  },

  async "the filter is shown as SQL, with what SQL leaves out"(page, url) {
    await page.goto(`${url}?f=${encodeURIComponent('k8s:verb = "list"')}&f=${encodeURIComponent("resource.x = 1")}&f=${encodeURIComponent("duration > 1.5ms")}`);
    await page.getByRole("button", { name: "SQL", exact: true }).click();
    const view = page.getByRole("region", { name: "The filter as SQL" });
    const sql = await view.locator("pre").innerText();
    assert.match(sql, /AND k8s_verb = 'list'\n {2}AND duration_ns > 1500000\nORDER BY duration_ns DESC/);
    assert.match(sql, />= 1794999100000000000\n/);
    await view.getByText("resource.x = 1: the table keeps this resource attribute in its encoded form alone").waitFor();
  },

  async "a receipt leads to the same question in other languages and to the ledger"(page, url) {
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await page.goto(`${url}?by=k8s%3Averb`);
    await page.getByRole("button", { name: "check it" }).click();
    const panel = page.getByRole("region", { name: "How to check this figure" });
    await panel.getByText("168,204 spans arrived from 10:51:00 to 11:07:00, 167,139 were taken in.").waitFor();
    await panel.getByText("553 spans refused (2 requests: rate limited).").waitFor();
    await panel.getByText(/^3 spans came late/).waitFor();
    const copies = async (name, pattern) => {
      await panel.getByRole("button", { name: `copy ${name}`, exact: true }).click();
      await copied(page, pattern);
    };
    await copies("TraceQL", /^\{ kind = server && .* \}$/);
    await copies("tailplane", /^tailplane query '\{ kind = server && .* \} \| quantile_over_time\(duration, 0.5, 0.99\) by\(k8s:verb\) with\(slots="end"\)' --start 2026-11-18T10:51:40Z --end 2026-11-18T11:06:40Z --step 10000000000ns --server http:/);
    await copies("curl", /^curl -sS -G http:.*\/under\/a\/prefix\/api\/v1\/latency --data-urlencode 'q=\{ kind = server/);
    await copies("DuckDB", /^duckdb -c 'INSTALL delta; LOAD delta;\nSELECT make_timestamp.*delta_scan\('\\''tailplane-data\/spans'\\''\)/s);
  },

  async "a comparison and the shares have receipts too"(page, url) {
    await page.goto(`${url}?cmp=slow`);
    const compare = page.locator(".compare");
    await compare.getByRole("button", { name: "check it" }).click();
    assert.match(await compare.locator(".receipt-text pre", { hasText: "duckdb" }).innerText(), /count\(\*\) FILTER \(WHERE duration_ns >= \d+\) AS selected/);
    await page.goto(`${url}?tab=shares`);
    await page.getByRole("button", { name: "check it" }).click();
    await page.getByText("The command line has no such question; curl asks the same.").waitFor();
  },
};
