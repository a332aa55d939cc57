// The question of a receipt in the languages that it can be asked in again: TraceQL, the command line, curl, DuckDB over the files.
import { latencyParameters, LATENCY_PATH } from "../api/latency";
import { compareBody, COMPARE_PATH } from "../api/compare";
import { sharesBody, SHARES_PATH } from "../api/shares";
import { parameterList } from "../base/client";
import { OF_WORDS, type RowsOf } from "../base/rows";
import { shellCommand } from "../base/shell";
import { duckDbSql } from "./duckdb";
import { type Subject, timeOf } from "./subject";

export interface Copy {
  readonly label: string;
  /** Null where the question cannot be said so, and the note says why. */
  readonly text: string | null;
  readonly note: string | null;
}

/** `base` is the address of the page. */
export function copiesOf(subject: Subject, base: string): readonly Copy[] {
  return [traceQlCopy(subject), commandCopy(subject, base), curlCopy(subject, base), duckDbCopy(subject)].filter((copy) => copy !== null);
}

function traceQlCopy(subject: Subject): Copy | null {
  if (subject.kind === "query") return { label: subject.body.lang === "sql" ? "SQL" : "TraceQL", text: subject.body.text, note: null };
  if (subject.kind === "compare") {
    const { filter, selection } = subject.request;
    return { label: "TraceQL", text: `${filter}\n${selection}`, note: "The first are the rows compared, the second the selected ones of them." };
  }
  return { label: "TraceQL", text: subject.request.filter, note: subject.kind === "latency" ? derivedNote(subject.request.of) : null };
}

/** TraceQL itself asks spans. */
function derivedNote(of: RowsOf = "spans"): string | null {
  return of === "spans" ? null : `The condition on the ${OF_WORDS[of].many} counted, which are rows made of spans: as a query it finds the spans themselves.`;
}

function commandCopy(subject: Subject, base: string): Copy | null {
  const asked = commandText(subject);
  if (asked === null) return { label: "tailplane", text: null, note: "The command line has no such question; curl asks the same." };
  const server = base.replace(/\/$/, "");
  const time = timeOf(subject);
  const words = ["tailplane", "query", asked.text, ...(time === null ? [] : ["--start", time.start, "--end", time.end]), ...asked.more, "--server", server];
  return { label: "tailplane", text: shellCommand(words), note: asked.note };
}

interface CommandText {
  readonly text: string;
  readonly more: readonly string[];
  readonly note: string | null;
}

function commandText(subject: Subject): CommandText | null {
  if (subject.kind === "query") return { text: subject.body.text, more: [], note: null };
  if (subject.kind !== "latency") return null;
  const { of = "spans", filter, quantiles, by, slots } = subject.request;
  if (of !== "spans") return null;
  // A quantile takes one label.
  if (by.length > 1) return { text: filter, more: [], note: "A line for each span name, of the same spans: the command line groups quantiles by one attribute at most." };
  const grouped = by.length === 0 ? "" : ` by(${by.join(", ")})`;
  const text = `${filter} | quantile_over_time(duration, ${quantiles.join(", ")})${grouped} with(slots="${slots ?? "end"}")`;
  return { text, more: ["--step", `${Math.round(subject.answer.stepNs)}ns`], note: "Times of slots are their ends." };
}

function curlCopy(subject: Subject, base: string): Copy {
  const note = "Where the server asks who is there, add -H 'authorization: Bearer TOKEN'.";
  const text = (words: readonly string[]) => shellCommand(["curl", "-sS", ...words]);
  const post = (path: string, body: unknown) =>
    text([new URL(path, base).href, "-H", "content-type: application/json", "-d", JSON.stringify(body)]);
  switch (subject.kind) {
    case "latency": {
      const parameters = parameterList(latencyParameters({ ...subject.request, ...timeOf(subject) }));
      return { label: "curl", text: text(["-G", new URL(LATENCY_PATH, base).href, ...parameters.flatMap(([key, value]) => ["--data-urlencode", `${key}=${value}`])]), note };
    }
    case "compare":
      return { label: "curl", text: post(COMPARE_PATH, compareBody(subject.request)), note };
    case "shares":
      return { label: "curl", text: post(SHARES_PATH, sharesBody(subject.request)), note };
    case "query":
      return { label: "curl", text: post("api/v1/query", subject.body), note };
  }
}

const FILES_NOTE = "tailplane-data stands for the folder or bucket of storage.url. The files lack what arrived since the last flush (storage.flush_interval).";

function duckDbCopy(subject: Subject): Copy | null {
  const said = duckDbSql(subject);
  if (said === null) return null;
  if (!said.ok) return { label: "DuckDB", text: null, note: said.why };
  return { label: "DuckDB", text: shellCommand(["duckdb", "-c", `INSTALL delta; LOAD delta;\n${said.sql}`]), note: FILES_NOTE };
}
