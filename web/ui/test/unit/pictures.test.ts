import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32 as oracle } from "node:zlib";
import { describe, expect, it } from "vitest";
import { cutToWidth, rowsOf } from "../../src/charts/picture";
import { projectionOf } from "../../src/charts/draw_lines";
import { chartData } from "../../src/charts/chart_data";
import { exportedMarkdown } from "../../src/notebook/export_markdown";
import { type CellOf, newCell } from "../../src/notebook/document";
import { crc32, zipOf } from "../../src/notebook/zip";
import { makeLatency, makePoint, makeSeries } from "./make_latency";

const letters = (text: string) => text.length * 10;

describe("a picture", () => {
  it("cuts what is too wide, and only that", () => {
    expect(cutToWidth("latency", 70, letters)).toBe("latency");
    expect(cutToWidth("latency", 69, letters)).toBe("laten…");
    expect(cutToWidth("latency", 5, letters)).toBe("…");
  });

  it("has as many series in a row as there is room for, and each within the width", () => {
    const series = ["get", "list", "x".repeat(60), "watch"].map((name) => ({ name, colour: "#000000" }));
    const rows = rowsOf({ series, width: 200 }, letters);
    expect(rows.map((row) => row.map(({ name }) => name))).toEqual([["get", "list"], [`${"x".repeat(17)}…`], ["watch"]]);
    expect(rows.every((row) => row[0]?.left === 0)).toBe(true);
    expect(rowsOf({ series: [], width: 200 }, letters)).toEqual([]);
  });

  it("has the same places for values as the chart: the lowest at its foot, the highest at its head", () => {
    const data = chartData(makeLatency([makeSeries([makePoint(1000, 4e6), makePoint(1010, 1e9)])]), ["0.5", "0.99"]);
    const { top, left } = projectionOf(data, { left: 58, top: 12, width: 400, height: 300 });
    expect(top(1e6)).toBeGreaterThan(top(1e9));
    for (const value of [1e6, 1e9]) expect(top(value) > 0 && top(value) < 300).toBe(true);
    expect([left(data.start), left(data.end)]).toEqual([0, 400]);
  });
});

describe("an archive", () => {
  /** The test's DOM has blobs without promises. */
  const bytesOf = (blob: Blob) =>
    new Promise<ArrayBuffer>((resolve) => {
      const reader = new FileReader();
      reader.onload = () => resolve(reader.result as ArrayBuffer);
      reader.readAsArrayBuffer(blob);
    });
  const bytes = (text: string) => new TextEncoder().encode(text);

  it("has the sums of zlib", () => {
    for (const text of ["", "123456789", "ü 漢".repeat(999)]) expect(crc32(bytes(text))).toBe(oracle(Buffer.from(text)));
  });

  it("is read back by Python, byte for byte", async () => {
    const folder = mkdtempSync(join(tmpdir(), "zip-"));
    try {
      const archive = await bytesOf(zipOf([{ name: "a.md", content: bytes("# ü\n") }, { name: "1-b.png", content: Uint8Array.from({ length: 70_000 }, (_, at) => at & 255) }, { name: "empty", content: bytes("") }]));
      writeFileSync(join(folder, "a.zip"), Buffer.from(archive));
      const script = "import sys, zipfile\nz = zipfile.ZipFile(sys.argv[1])\nassert z.testzip() is None\nassert z.read('a.md').decode() == '# ü\\n'\nassert z.read('1-b.png') == bytes(i & 255 for i in range(70000))\nprint(z.namelist())";
      expect(execFileSync("python3", ["-c", script, join(folder, "a.zip")], { encoding: "utf8" })).toBe("['a.md', '1-b.png', 'empty']\n");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

it("Markdown names the picture of a chart, and has its figures folded away", () => {
  const cell = { ...(newCell("latency", "l") as CellOf<"latency">), title: "p99 [x]" };
  const table = { columns: [{ name: "slot", isNumber: false }], rows: [["2026"]] };
  const notebook = { title: "T", about: "", time: "now", cells: [{ cell, title: "p99 [x]", question: "q", answer: {}, table, problem: null }] };
  const text = exportedMarkdown(notebook, (id) => (id === "l" ? "1-p99-x.png" : null));
  expect(text).toContain("![p99 \\[x\\]](1-p99-x.png)\n\n<details><summary>The figures</summary>\n\n| slot |");
  expect(text.trimEnd().endsWith("| 2026 |\n\n</details>")).toBe(true);
  expect(exportedMarkdown(notebook)).not.toMatch(/!\[|<details/);
});
