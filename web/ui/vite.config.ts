// Builds the one page of the UI into dist/, with relative paths so that any URL prefix works.
import { defineConfig } from "vitest/config";

export default defineConfig({
  base: "./",
  build: {
    target: "es2022",
    modulePreload: false,
    assetsInlineLimit: 0,
    reportCompressedSize: true,
    // What the first view needs is one file: smaller together, and one request.
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: "first", tags: ["$initial"] }] } } },
  },
  server: { proxy: { "/api": "http://127.0.0.1:4319" } },
  // Properties over many random documents take a while where the machine has other things to do.
  test: { environment: "jsdom", include: ["test/**/*.test.ts", "test/**/*.test.tsx"], testTimeout: 60_000 },
});
