// Notebooks as the server keeps them (docs/notebooks.md), in memory: revisions, If-Match, built-in ones from web/notebooks.
import { randomUUID } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";

const FOLDER = join(import.meta.dirname, "../../../notebooks");

function builtIn() {
  const files = readdirSync(FOLDER).filter((file) => file.endsWith(".json")).sort();
  return new Map(files.map((file) => [file.replace(/\.json$/, ""), JSON.parse(readFileSync(join(FOLDER, file), "utf8"))]));
}

/** `faults.notebooks` is "none" on a server that saves nothing, "read" where the token may not edit. */
export function createNotebooks(faults) {
  const given = builtIn();
  const kept = new Map();
  let clock = 1_795_000_000_000_000_000n;

  const keep = (id, notebook) => {
    clock += 60_000_000_000n;
    const revisions = kept.get(id) ?? [];
    revisions.push({ notebook, updated_at: clock.toString() });
    kept.set(id, revisions);
    return answerOf(id, null);
  };
  const answerOf = (id, revision) => {
    if (given.has(id)) return { id, revision: null, updated_at: null, is_built_in: true, notebook: given.get(id) };
    const revisions = kept.get(id);
    const number = revision ?? revisions?.length ?? 0;
    const found = revisions?.[number - 1];
    return found === undefined ? null : { id, revision: number, updated_at: found.updated_at, is_built_in: false, notebook: found.notebook };
  };
  const entry = ({ notebook, ...rest }) => ({ ...rest, title: notebook.title, about: notebook.about ?? "", tags: notebook.tags ?? [] });
  const list = () => [...given.keys(), ...[...kept.keys()].reverse()].map((id) => entry(answerOf(id, null)));

  return {
    clear: () => kept.clear(),
    /** Another person's change. */
    keepNext: (id, change) => keep(id, change(structuredClone(answerOf(id, null).notebook))),
    answerOf,
    async handle(request, path, parameters) {
      const refuse = (status, kind, message) => ({ status, body: { error: { kind, message } } });
      if (faults.notebooks === "none") return refuse(404, "not_found", "there is nothing at /api/v1/notebooks");
      const isChange = request.method !== "GET";
      if (isChange && faults.notebooks === "read") return refuse(403, "forbidden", "the token may not edit");
      const body = isChange && request.method !== "DELETE" ? JSON.parse(await text(request)) : null;
      if (path === "notebooks") return request.method === "POST" ? { status: 201, body: keep(randomUUID(), body) } : { status: 200, body: { notebooks: list(), limit: 1000 } };
      const [, id, rest] = path.split("/");
      const latest = answerOf(id, null);
      if (latest === null) return refuse(404, "not_found", `there is no notebook ${id}`);
      if (rest === "revisions") {
        const revisions = (kept.get(id) ?? []).map(({ updated_at }, index) => ({ revision: index + 1, updated_at }));
        return { status: 200, body: { revisions: revisions.reverse() } };
      }
      if (request.method === "PUT") {
        if (request.headers["if-match"] !== `"${latest.revision}"`)
          return { status: 409, body: { error: { kind: "conflict", message: `revision ${latest.revision} is the latest` }, latest } };
        return { status: 200, body: keep(id, body) };
      }
      if (request.method === "DELETE") return kept.delete(id), { status: 204, body: null };
      const revision = parameters.get("revision");
      const found = answerOf(id, revision === null ? null : Number(revision));
      return found === null ? refuse(404, "not_found", `there is no revision ${revision}`) : { status: 200, body: found };
    },
  };
}
