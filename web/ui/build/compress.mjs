// Packs what a build made as tightly as it goes, beside the files: the server hands on the packed ones as they are.
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const DIST = new URL("../dist", import.meta.url).pathname;
const PACKED = /\.(css|html|js|svg)$/;

for (const name of readdirSync(DIST, { recursive: true }).filter((name) => PACKED.test(name))) {
  const path = join(DIST, name);
  const bytes = readFileSync(path);
  writeFileSync(`${path}.br`, brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } }));
  writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }));
}
