// axe-core over every screen and state: no violation of WCAG 2.2 A and AA or of its best practices.
import assert from "node:assert/strict";
import { createRequire } from "node:module";

import { CUT, DEEP, HOSTILE, RUNS } from "./mock_odd_traces.mjs";
import { EMPTY, MANY_SENDERS, withFaults } from "./setup_scenarios.mjs";

const axePath = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

export async function audit(page) {
  await page.addScriptTag({ path: axePath });
  const violations = await page.evaluate(async (tags) => {
    const result = await window.axe.run(document, { runOnly: { type: "tag", values: tags } });
    return result.violations.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map((node) => `${node.html.slice(0, 140)} (${node.any[0]?.message ?? ""})`).join(" | ")}`);
  }, RULES);
  assert.deepEqual(violations, []);
}

export async function firstView(page, url, query = "") {
  await page.goto(url + query);
  await page.locator(".dot-buttons button").first().waitFor({ state: "attached" });
}

const SIZES = [[1280, 900], [390, 844]];

/** Audits a page at both sizes, of which none may be scrolled sideways. */
export async function auditSizes(page, url, query, selector, prepare = async () => undefined, state = {}) {
  for (const [width, height] of SIZES) {
    await page.setViewportSize({ width, height });
    await page.goto(url + query);
    await page.locator(selector).first().waitFor(state);
    await prepare(page);
    // Where the page is scrolled, the toolbar covers half of some targets.
    await page.evaluate(() => window.scrollTo(0, 0));
    await audit(page);
    const beyond = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    assert(beyond <= 0, `${beyond} px are beyond the edge at ${width} px`);
  }
}

/** With the trace on the full page. */
async function openTraceAt(page, url, traceId, prepare) {
  await auditSizes(page, url, `?trace=${traceId}`, ".waterfall-row.selected", async () => {
    await page.keyboard.press("f");
    await prepare();
  });
}

async function openAll(page) {
  for (const summary of await page.locator(".compare summary").all()) await summary.click();
}

export const accessibility = {
  async "first view"(page, url) {
    await firstView(page, url);
    await audit(page);
  },
  async "completion open"(page, url) {
    await firstView(page, url);
    await page.keyboard.press("/");
    await page.locator(".proposals [role=option]").first().waitFor();
    await page.keyboard.press("ArrowDown");
    await audit(page);
  },
  async "trace open"(page, url) {
    await firstView(page, url);
    await page.keyboard.press("d");
    await page.keyboard.press("Enter");
    await page.locator(".waterfall-row.selected").waitFor();
    await audit(page);
  },
  async "trace on the full page, its critical path alone, every request open"(page, url) {
    await firstView(page, url);
    await page.keyboard.press("d");
    await page.keyboard.press("Enter");
    await page.locator(".waterfall-row.selected").waitFor();
    await page.keyboard.press("f");
    await page.keyboard.press("c");
    await page.locator(".other-requests summary").click();
    await page.locator(".other-requests .stacked-parts").waitFor();
    await audit(page);
  },
  async "trace as a sheet"(page, url) {
    await page.setViewportSize({ width: 1000, height: 800 });
    await firstView(page, url);
    await page.keyboard.press("d");
    await page.keyboard.press("Enter");
    await page.locator(".waterfall-row.selected").waitFor();
    await audit(page);
  },
  async "trace without a request"(page, url) {
    await page.goto(`${url}?trace=${"e".repeat(32)}`);
    await page.locator(".waterfall-row.selected").waitFor();
    await audit(page);
  },
  async "table"(page, url) {
    await firstView(page, url);
    await page.keyboard.press("t");
    await page.locator(".points-table").waitFor();
    await audit(page);
  },
  async "custom range and help"(page, url) {
    await firstView(page, url);
    await page.locator(".time-range > .button").click();
    await page.locator(".popover").waitFor();
    await audit(page);
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Keyboard shortcuts" }).click();
    await page.locator("dialog.help").waitFor();
    await audit(page);
  },
  async "empty"(page, url) {
    await page.goto(`${url}?f=${encodeURIComponent('name = "nothing-matches"')}`);
    await page.getByText(/The newest span/).waitFor();
    await audit(page);
  },
  async "filter refused"(page, url) {
    await page.goto(`${url}?f=${encodeURIComponent('name =~~ "x"')}`);
    await page.locator(".filter-error mark").waitFor();
    await audit(page);
  },
  async "server failing"(page, url, mock) {
    mock.faults.failNext = 1;
    await page.goto(url);
    await page.locator(".state").waitFor();
    await audit(page);
  },
  async "slow compared with the rest, everything unfolded"(page, url) {
    await auditSizes(page, url, "?cmp=slow&cof=requests", ".findings", openAll);
  },
  async "a time compared with the time before, of one series"(page, url) {
    await auditSizes(page, url, `?cmp=time&cof=pod_starts&cw=${encodeURIComponent('k8s:verb = "list"')}`, ".findings");
  },
  async "nothing different"(page, url) {
    await auditSizes(page, url, `?cmp=slow&f=${encodeURIComponent('name = "nothing-different"')}`, ".compare .state");
  },
  async "a comparison under way, and one that failed"(page, url, mock) {
    mock.faults.delayPostMs = 60_000;
    await firstView(page, url, "?cmp=time");
    await page.locator(".waiting-box .button").waitFor();
    await audit(page);
    await page.locator(".waiting-box .button").click();
    mock.faults.delayPostMs = 0;
    await page.locator(".compare .state").waitFor();
    await audit(page);
  },
  async "a slow chart that says how far it is, and is given up"(page, url, mock) {
    await withFaults(mock, { delayLatencyMs: 60_000 }, () =>
      auditSizes(page, url, "", '.waiting-bar[aria-valuenow]', async () => {
        await audit(page);
        await page.getByRole("button", { name: "Cancel" }).click();
        await page.getByRole("button", { name: "Run again" }).waitFor();
      }),
    );
  },
  async "a comparison beside an open trace"(page, url) {
    await page.goto(`${url}?cmp=slow&cof=requests`);
    await page.locator(".finding-exemplars button").first().click();
    await page.locator(".waterfall-row.selected").waitFor();
    await audit(page);
  },
  async "where the time goes"(page, url) {
    await auditSizes(page, url, "?tab=shares", ".phase-table");
  },
  async "where the time goes, beside the time before"(page, url) {
    await auditSizes(page, url, "?tab=shares&sbefore=1", ".band-bar.before");
  },
  async "where the time goes, as a table"(page, url) {
    await auditSizes(page, url, "?tab=shares&sbefore=1&view=table", ".phase-table");
  },
  async "where the time of pod starts goes"(page, url) {
    await auditSizes(page, url, "?tab=shares&sof=pod_starts", ".phase-table");
  },
  async "no requests to share"(page, url) {
    await auditSizes(page, url, `?tab=shares&f=${encodeURIComponent('k8s:verb = "nothing-matches"')}`, ".shares .state");
  },
  async "a trace with a run open, a search, a part of the time, its components"(page, url) {
    await openTraceAt(page, url, RUNS, async () => {
      await page.locator(".waterfall-row", { hasText: "812 ×" }).click();
      await page.locator(".node-note").waitFor();
      await page.locator(".by-component summary").click();
      await page.getByRole("searchbox", { name: "Search in this trace" }).fill("gone");
      await page.locator(".trace-search-count", { hasText: "found" }).waitFor();
      await page.getByRole("button", { name: "Zoom in" }).click();
    });
  },
  async "a linked trace in place, and the menu of a value"(page, url) {
    await openTraceAt(page, url, CUT, async () => {
      await page.locator(".waterfall-row", { hasText: "open it here" }).click();
      await page.locator(".waterfall-row.spliced").first().waitFor();
      await page.getByRole("button", { name: /^more for/ }).first().focus();
      await page.keyboard.press("Enter");
      await page.getByRole("menu").waitFor();
    });
  },
  async "a trace that a link led to"(page, url) {
    await page.goto(`${url}?trace=${CUT}`);
    await page.locator(".waterfall-row", { hasText: "open it here" }).click();
    await page.getByRole("button", { name: "Open it alone" }).click();
    await page.locator(".trace-trail").waitFor();
    await page.locator(".waterfall-row.selected").waitFor();
    await audit(page);
  },
  async "a value as SQL"(page, url) {
    await openTraceAt(page, url, CUT, async () => {
      await page.getByRole("button", { name: "more for http.response.status_code" }).first().focus();
      await page.keyboard.press("Enter");
      await page.getByRole("menuitem", { name: "open as SQL" }).click();
      await page.locator(".sql-dialog pre").waitFor();
    });
  },
  async "hostile texts, and a chain of a thousand"(page, url) {
    await openTraceAt(page, url, HOSTILE, async () => undefined);
    await openTraceAt(page, url, DEEP, async () => {
      await page.keyboard.press("w");
      await page.keyboard.press("End");
    });
  },
  async "set-up"(page, url, mock) {
    await withFaults(mock, { senders: MANY_SENDERS }, () =>
      auditSizes(page, url, "?v=setup", ".setup-steps", async () => {
        await page.getByRole("button", { name: "Show the way back of each step" }).click();
        await page.locator(".component-row.silent").waitFor();
      }),
    );
  },
  async "set-up refused"(page, url) {
    await auditSizes(page, url, "?v=setup&endpoint=http%3A%2F%2Fx", ".stale");
  },
  async "nothing stored, and a component silent"(page, url, mock) {
    await withFaults(mock, EMPTY, () => auditSizes(page, url, "", ".empty-install .setup-code"));
    await withFaults(mock, { senders: MANY_SENDERS }, () => auditSizes(page, url, "", ".silent-line"));
  },
  async "a wrong token"(page, url, mock) {
    await withFaults(mock, { token: "right" }, () =>
      auditSizes(page, url, "", "#login-token", async () => {
        await page.getByLabel("Token").fill("wrong");
        await page.keyboard.press("Enter");
        await page.getByText("This token is not known here").waitFor();
      }),
    );
  },
  async "an expired trace, and a limit"(page, url, mock) {
    await withFaults(mock, { info: { raw_data_from: "1795000000000000000" } }, () => auditSizes(page, url, `?trace=${"f".repeat(32)}&t=1794999000000000000`, ".drawer .state"));
    await auditSizes(page, url, `?f=${encodeURIComponent('name = "too-much"')}`, ".panel .state");
  },
};
