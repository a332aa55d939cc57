// What cells and notebooks are saved as: Arrow, Parquet, pictures, an archive of both.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { FILES } from "./mock_query.mjs";

const ARROW = "application/vnd.apache.arrow.stream";
const PARQUET = "application/vnd.apache.parquet";

const CELLS = [
  { id: "a", kind: "markdown", text: "What happened" },
  { id: "b", kind: "latency", title: "p99 by verb", by: ["k8s:verb"], thresholds: [{ ns: 1e9, label: "objective" }], before: "24h" },
  { id: "c", kind: "heatmap" },
  { id: "d", kind: "series", query: "{ } | rate() by(k8s:component)" },
  { id: "e", kind: "sql", title: "Slowest verbs", query: "SELECT $from" },
];

async function open(page, url, cells = CELLS, query = "") {
  const notebook = { schema: "tailplane.notebook/1", title: "A bad night", time: { from: "now-1h", to: "now" }, cells };
  const { id } = await (await page.request.post(`${url}api/v1/notebooks`, { data: notebook })).json();
  await page.goto(`${url}?v=nb&id=${id}${query}`);
  await page.locator(".cell-head").first().waitFor();
}

/** What a click on a menu's item saves. */
async function saved(page, menu, item) {
  await page.getByRole("button", { name: menu, exact: true }).click();
  const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("menuitem", { name: item, exact: true }).click()]);
  return { name: file.suggestedFilename(), path: await file.path(), bytes: await readFile(await file.path()) };
}

/** How large a picture is, the colour of its corner, and how many colours it has. */
async function look(page, bytes) {
  return page.evaluate(async (data) => {
    const picture = await createImageBitmap(new Blob([Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0))], { type: "image/png" }));
    const context = new OffscreenCanvas(picture.width, picture.height).getContext("2d");
    context.drawImage(picture, 0, 0);
    const pixels = new Uint32Array(context.getImageData(0, 0, picture.width, picture.height).data.buffer);
    return { width: picture.width, height: picture.height, corner: pixels[0].toString(16), colours: new Set(pixels).size };
  }, bytes.toString("base64"));
}

const WHITE = "ffffffff";

export const fileScenarios = {
  async "files: spans over time as Arrow and Parquet, asked for as the cell asks; other cells as CSV alone"(page, url, mock) {
    await open(page, url, CELLS.slice(1, 4));
    await page.locator(".lines-chart path").first().waitFor();
    for (const [place, name, by] of [[1, "p99-by-verb", "k8s:verb"], [2, "heatmap-of-durations", null]]) {
      for (const [kind, ending, mediaType] of [["Arrow", "arrows", ARROW], ["Parquet", "parquet", PARQUET]]) {
        const file = await saved(page, `Actions of cell ${place}`, `Download as ${kind}`);
        assert.equal(file.name, `${name}.${ending}`);
        assert.deepEqual(file.bytes, FILES[mediaType]);
        const { parameters, accept } = mock.faults.askedLatency.at(-1);
        assert.deepEqual([accept, parameters.get("by"), parameters.get("heatmap"), parameters.get("start")], [mediaType, by, null, "now-1h"]);
      }
    }
    await page.getByRole("button", { name: "Actions of cell 3", exact: true }).click();
    assert.deepEqual((await page.getByRole("menuitem").allInnerTexts()).filter((item) => item.startsWith("Download")), ["Download as CSV"]);
  },

  async "files: the rows of a SQL cell as Arrow and Parquet, asked for with the cell's own time"(page, url, mock) {
    await open(page, url, [CELLS[4]]);
    await page.locator(".data-table tbody tr").first().waitFor();
    const { name, bytes } = await saved(page, "Actions of cell 1", "Download as Arrow");
    assert.equal(name, "slowest-verbs.arrows");
    assert.deepEqual(bytes, FILES[ARROW]);
    const parquet = await saved(page, "Actions of cell 1", "Download as Parquet");
    assert.equal(parquet.name, "slowest-verbs.parquet");
    assert.deepEqual(parquet.bytes, FILES[PARQUET]);
    const { question } = mock.faults.asked.at(-1);
    assert.match(question.text, /^SELECT \d{19}$/);
    mock.faults.failNextPost = 1;
    await page.getByRole("button", { name: "Actions of cell 1", exact: true }).click();
    await page.getByRole("menuitem", { name: "Download as Arrow" }).click();
    await page.locator(".notice", { hasText: "Not saved: there is no table requests yet" }).waitFor();
  },

  async "files: charts as pictures, with ground, title and time, in the theme that is shown"(page, url) {
    await open(page, url, CELLS.slice(1, 4));
    await page.locator(".dot-buttons button").first().waitFor({ state: "attached" });
    await page.locator(".lines-chart path").first().waitFor();
    for (const [place, file] of [[1, "p99-by-verb.png"], [2, "heatmap-of-durations.png"], [3, "series-over-time.png"]]) {
      const { name, bytes } = await saved(page, `Actions of cell ${place}`, "Save as PNG");
      assert.equal(name, file);
      const { width, height, corner, colours } = await look(page, bytes);
      assert.equal(width, 1984, "960 and the edges, twice as sharp");
      assert(height > 500 && corner === WHITE && colours > 50, `${file}: ${height} px, ${corner}, ${colours} colours`);
    }
    await page.getByRole("button", { name: "Theme: system" }).click();
    await page.getByRole("button", { name: "Theme: light" }).click();
    await page.getByRole("button", { name: "Theme: dark" }).waitFor();
    const dark = await look(page, (await saved(page, "Actions of cell 1", "Save as PNG")).bytes);
    assert.notEqual(dark.corner, WHITE);
  },

  async "files: a notebook as Markdown with its pictures, cells that were never seen included"(page, url) {
    await open(page, url);
    const { name, path } = await saved(page, "Export and more", "Markdown with pictures");
    assert.equal(name, "a-bad-night.zip");
    const listed = execFileSync("python3", ["-m", "zipfile", "-l", path], { encoding: "utf8" });
    for (const file of ["a-bad-night.md", "2-p99-by-verb.png", "3-heatmap-of-durations.png", "4-series-over-time.png"]) assert(listed.includes(file), listed);
    const text = execFileSync("python3", ["-c", "import sys, zipfile; print(zipfile.ZipFile(sys.argv[1]).read('a-bad-night.md').decode())", path], { encoding: "utf8" });
    assert.match(text, /# A bad night[\s\S]*!\[p99 by verb\]\(2-p99-by-verb\.png\)[\s\S]*!\[Series over time\]\(4-series-over-time\.png\)/);
    assert.doesNotMatch(text, /!\[Slowest verbs/);
  },

  async "files: the chart of explore as a picture"(page, url) {
    await page.goto(url);
    await page.locator(".dot-buttons button").first().waitFor({ state: "attached" });
    await page.getByRole("button", { name: "Options" }).click();
    const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Save as PNG" }).click()]);
    assert.match(file.suggestedFilename(), /^[a-z0-9-]+\.png$/);
    assert((await look(page, await readFile(await file.path()))).colours > 50);
  },
};
