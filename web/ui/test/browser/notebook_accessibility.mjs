// axe-core over home and the notebook: every kind of cell, menus, dialogs, editors, states.
import { auditSizes } from "./accessibility.mjs";
import { MANY_SENDERS } from "./setup_scenarios.mjs";
import { until } from "./until.mjs";

const NOTEBOOK = {
  schema: "tailplane.notebook/1",
  title: "Every kind of cell",
  about: "What axe looks at.",
  tags: ["api", "axe"],
  time: { from: "now-1h", to: "now" },
  filters: ['k8s:verb = "list"'],
  cells: [
    { id: "a", kind: "markdown", text: "# What happened\n\n- one\n- [two](https://kubernetes.io)\n\n| a | b |\n|---|---|\n| 1 | 2 |" },
    { id: "b", kind: "latency", by: ["k8s:verb"], height: 420, thresholds: [{ ns: 1e9, label: "objective" }] },
    { id: "c", kind: "latency", by: ["k8s:verb"], show: "rate", width: "half" },
    { id: "l", kind: "latency", by: ["k8s:verb"], show: "errors", objective: 0.999, width: "half" },
    { id: "d", kind: "series", query: "{ } | rate() by(k8s:component)", width: "half" },
    { id: "e", kind: "traces", query: "{ }" },
    { id: "f", kind: "sql", query: "SELECT 1" },
    { id: "g", kind: "heatmap" },
    { id: "h", kind: "compare", rows: "requests", of: "b" },
    { id: "i", kind: "shares", rows: "requests", by: ["k8s_verb"], height: 700 },
    { id: "j", kind: "trace", trace_id: "0af7651916cd43dd8448eb211c80319c" },
    { id: "k", kind: "traces", query: "{ a >>> b }" },
  ],
};

/** Enough for menus and dialogs. */
const SMALL = { ...NOTEBOOK, cells: NOTEBOOK.cells.slice(0, 2) };

/** Keeps a notebook, and gives the query that opens it. */
async function kept(page, url, notebook) {
  const response = await page.request.post(`${url}api/v1/notebooks`, { data: notebook });
  return `?v=nb&id=${(await response.json()).id}`;
}

/** Every cell comes onto the screen once. */
async function seeAll(page) {
  for (const cell of await page.locator(".cell").all()) {
    await cell.scrollIntoViewIfNeeded();
    await until(page, (id) => document.querySelector(`#${id} .skeleton, #${id} .waiting-box`) === null, await cell.getAttribute("id"));
  }
  await page.locator(".cell .filter-error mark").waitFor();
  await page.locator(".cell.trace .waterfall-row").first().waitFor();
}

const opened = (act) => async (page) => {
  await page.locator(".dot-buttons button").first().waitFor({ state: "attached" });
  await act(page);
};

/** A notebook saves itself some seconds after a change: on a slow machine the dialog would come between two of them. */
async function holdSaves(page) {
  let release = () => undefined;
  const released = new Promise((resolve) => (release = resolve));
  await page.route("**/api/v1/notebooks/*", async (route) => {
    if (route.request().method() === "PUT") await released;
    await route.continue();
  });
  return release;
}

export const notebookAccessibility = {
  async "home"(page, url) {
    await auditSizes(page, url, "?v=home", ".tile");
  },
  async "home while a component is silent"(page, url, mock) {
    mock.faults.senders = MANY_SENDERS;
    await auditSizes(page, url, "?v=home", ".silent-line");
  },
  async "home of a server that saves nothing"(page, url, mock) {
    mock.faults.notebooks = "none";
    await auditSizes(page, url, "?v=home", ".notebooks > .muted");
  },
  async "a notebook with every kind of cell"(page, url) {
    await auditSizes(page, url, await kept(page, url, NOTEBOOK), ".dot-buttons button", seeAll, { state: "attached" });
  },
  async "a notebook without cells"(page, url) {
    await auditSizes(page, url, "?v=nb", ".cells .state");
  },
  async "a notebook that is not there"(page, url) {
    await auditSizes(page, url, "?v=nb&id=nowhere", "main .state");
  },
  async "a cell that is edited, with something wrong"(page, url) {
    await auditSizes(page, url, await kept(page, url, SMALL), ".cell-head", opened(async () => {
      await page.getByRole("button", { name: "Actions of cell 2" }).click();
      await page.getByRole("menuitem", { name: "Edit" }).click();
      await page.locator(".cell-look summary").click();
      await page.locator(".cell-editor").getByRole("textbox", { name: "beside" }).fill("yesterday");
      await page.keyboard.press("Control+Enter");
      await page.locator(".cell-editor .error-text").waitFor();
    }));
  },
  async "the menu of a cell"(page, url) {
    await auditSizes(page, url, await kept(page, url, SMALL), ".cell-head", opened(() => page.getByRole("button", { name: "Actions of cell 2" }).click()));
  },
  async "the title edited, more of the notebook"(page, url) {
    await auditSizes(page, url, await kept(page, url, SMALL), ".cell-head", opened(async () => {
      await page.getByRole("heading", { level: 1 }).getByRole("button").click();
      await page.getByRole("button", { name: "Export and more" }).click();
    }));
  },
  async "the dialogs of a notebook"(page, url) {
    const query = await kept(page, url, SMALL);
    for (const [key, name] of [["?", "Keyboard"], ["b", "Add a cell"]])
      await auditSizes(page, url, query, ".cell-head", opened(async () => {
        await page.keyboard.press(key);
        await page.getByRole("dialog", { name }).waitFor();
      }));
    await auditSizes(page, url, query, ".cell-head", opened(async () => {
      await page.getByRole("button", { name: "Share" }).click();
      await page.locator(".shared-address .icon-button").waitFor();
    }));
    for (const item of ["Earlier revisions", "Delete the notebook"])
      await auditSizes(page, url, query, ".cell-head", opened(async () => {
        await page.getByRole("button", { name: "Export and more" }).click();
        await page.getByRole("menuitem", { name: item }).click();
        await page.getByRole("dialog").waitFor();
      }));
  },
  async "a conflict"(page, url, mock) {
    const query = await kept(page, url, SMALL);
    let size = 0;
    await auditSizes(page, url, query, ".cell-head", opened(async () => {
      const release = await holdSaves(page);
      const title = `Theirs at size ${size++}`;
      mock.notebooks.keepNext(new URLSearchParams(query).get("id"), (notebook) => ({ ...notebook, title, cells: notebook.cells.map((cell) => ({ ...cell, title })) }));
      await page.getByRole("button", { name: "Actions of cell 1", exact: true }).click();
      await page.getByRole("menuitem", { name: "Delete" }).click();
      await page.getByRole("button", { name: "Actions of cell 1", exact: true }).click();
      await page.getByRole("menuitem", { name: "Half the width" }).click();
      await page.keyboard.press("Control+s");
      release();
      await page.getByRole("dialog", { name: "Somebody else" }).waitFor();
      // Not before the draft is there, or it would come back at the next size.
      await until(page, () => Object.keys(localStorage).some((key) => key.startsWith("tailplane.draft.")));
      await page.evaluate(() => localStorage.clear());
    }));
  },
  async "a trace over the notebook"(page, url) {
    await auditSizes(page, url, await kept(page, url, SMALL), ".cell-head", opened(async () => {
      await page.locator('.dot-buttons button[tabindex="0"]').first().focus();
      await page.keyboard.press("Enter");
      await page.locator(".drawer .waterfall-row.selected").waitFor();
    }));
  },
  async "something of explore on its way to a notebook"(page, url) {
    await kept(page, url, SMALL);
    await auditSizes(page, url, "", ".dot-buttons button", async () => {
      await page.getByRole("button", { name: "Add to a notebook" }).click();
      await page.getByRole("dialog").locator("li").first().waitFor();
    }, { state: "attached" });
  },
};
