// Holds which folder may import from which, and that every file stays small enough to read.
import { readFileSync, readdirSync } from "node:fs";
import { join, normalize, relative } from "node:path";
import { expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "../../src");
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  base: [],
  api: ["base"],
  widgets: ["base"],
  charts: ["base", "api", "widgets"],
  trace: ["base", "api", "widgets"],
  compare: ["base", "api", "widgets"],
  shares: ["base", "api", "widgets", "trace"],
  question: ["base", "api", "widgets", "style"],
  receipt: ["base", "api", "widgets", "question", "style"],
  setup: ["base", "api", "widgets", "style"],
  explore: ["base", "api", "widgets", "charts", "trace", "compare", "shares", "question", "receipt", "setup", "style"],
  notebook: ["base", "api", "widgets", "charts", "trace", "compare", "shares", "receipt", "explore", "style"],
  home: ["base", "api", "widgets", "trace", "explore", "notebook", "setup", "style"],
  login: ["base", "widgets"],
  "main.tsx": ["base", "widgets", "explore", "home", "login", "notebook", "setup", "style"],
};
const LIBRARIES: Readonly<Record<string, readonly string[]>> = {
  uplot: ["charts/plot.ts", "charts/plot_axes.ts"],
  marked: ["notebook/markdown.ts"],
  dompurify: ["notebook/markdown.ts"],
};

const files = readdirSync(ROOT, { recursive: true, encoding: "utf8" }).filter((file) => /\.tsx?$/.test(file));
const roomOf = (file: string) => file.split("/")[0] ?? "";

function importsOf(file: string): readonly string[] {
  const source = readFileSync(join(ROOT, file), "utf8");
  return [...source.matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)].map((match) => match[1] ?? "");
}

it("finds the sources", () => expect(files.length).toBeGreaterThan(40));

it.each(files)("%s imports only what its folder may", (file) => {
  for (const target of importsOf(file)) {
    if (!target.startsWith(".")) {
      const owners = LIBRARIES[target.split("/")[0] ?? ""];
      if (owners !== undefined) expect(owners, `${target} is wrapped once`).toContain(file);
      continue;
    }
    const room = roomOf(relative(ROOT, normalize(join(ROOT, file, "..", target))));
    if (room !== roomOf(file)) expect(ALLOWED[roomOf(file)], `${file} imports ${target}`).toContain(room);
  }
});

it.each(files)("%s is short and says its job first", (file) => {
  const lines = readFileSync(join(ROOT, file), "utf8").split("\n");
  expect(lines[0]).toMatch(/^\/\/ [A-Z].*\.$/);
  expect(lines.length).toBeLessThanOrEqual(300);
});

it("what draws takes only types from the API", () => {
  for (const file of files.filter((name) => ["charts", "trace", "compare", "shares"].includes(roomOf(name)))) {
    const source = readFileSync(join(ROOT, file), "utf8");
    for (const [statement] of source.matchAll(/import[^;]*from "\.\.\/api\/[^"]+";/g)) expect(statement, file).toMatch(/^import type /);
  }
});

it("nothing writes HTML", () => {
  for (const file of files) expect(readFileSync(join(ROOT, file), "utf8"), file).not.toMatch(/innerHTML|outerHTML|insertAdjacentHTML|document\.write/);
});
