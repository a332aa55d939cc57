// axe-core over the heatmap, what charts say, questions as text and receipts: at both sizes, without scrolling sideways.
import { auditSizes } from "./accessibility.mjs";

const CANVAS = ".count-strip canvas";
const press = (name) => (page) => page.getByRole("button", { name, exact: true }).click();

export const chartAccessibility = {
  async "heatmap"(page, url) {
    await auditSizes(page, url, "?chart=heatmap", ".heatmap-surface");
  },
  async "heatmap with a box drawn by keys"(page, url) {
    await auditSizes(page, url, "?chart=heatmap", ".heatmap-surface", async () => {
      await page.locator(".heatmap-surface").focus();
      for (const key of ["ArrowLeft", "Shift+ArrowLeft", "Shift+ArrowDown"]) await page.keyboard.press(key);
      await page.locator(".heatmap-box").waitFor();
    });
  },
  async "heatmap as a table"(page, url) {
    await auditSizes(page, url, "?chart=heatmap&view=table", ".points-table tbody tr");
  },
  async "thresholds and the time before, options open"(page, url) {
    await auditSizes(page, url, "?before=24h&slo=1s&slo=200ms", CANVAS, press("Options"));
  },
  async "rate and errors"(page, url) {
    await auditSizes(page, url, "?show=rate", CANVAS);
    await auditSizes(page, url, "?show=errors&before=7d", CANVAS);
  },
  async "the time before as a table"(page, url) {
    await auditSizes(page, url, "?before=24h&view=table", ".points-table tbody tr");
  },
  async "the filter as text with proposals"(page, url) {
    await auditSizes(page, url, "", CANVAS, async () => {
      await press("TraceQL")(page);
      await page.locator(".question-field textarea").waitFor();
      await page.keyboard.type(" && k8s:");
      await page.locator(".proposals [role=option]").first().waitFor();
      await page.keyboard.press("ArrowDown");
    });
  },
  async "the filter as text with a mistake, and as SQL"(page, url) {
    await auditSizes(page, url, `?f=${encodeURIComponent("resource.x = 1")}`, CANVAS, async () => {
      await press("SQL")(page);
      await press("TraceQL")(page);
      await page.locator(".question-field textarea").fill('{ name =~~ "x" }');
      await page.locator(".question-marks mark").waitFor();
    });
  },
  async "a receipt unfolded"(page, url) {
    await auditSizes(page, url, "", CANVAS, async () => {
      await press("check it")(page);
      await page.getByText(/spans arrived/).waitFor();
    });
  },
  async "a band of durations compared"(page, url) {
    await auditSizes(page, url, "?cmp=band&clow=640000000&chigh=1200000000&cfrom=2026-11-18T11:01:20Z&cto=2026-11-18T11:02:00Z", ".findings");
  },
};
