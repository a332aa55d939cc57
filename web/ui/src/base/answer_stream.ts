// An answer that comes as server-sent events: how far the server is, again and again, and then the answer or why there is none.
import { readJson } from "./json";
import { type Result, success } from "./result";

/** How far a question is that takes its time; null is what the server does not know. */
export interface Progress {
  readonly percent: number | null;
  readonly rowsRead: number;
  /** Of how many. */
  readonly rows: number | null;
}

export type OnProgress = (progress: Progress) => void;

export const EVENT_STREAM = "text/event-stream";

interface Event {
  readonly name: string;
  readonly data: string;
}

/** The event that ends the answer; null where the stream broke off before it. */
export async function readAnswerStream(body: ReadableStream<Uint8Array>, onProgress: OnProgress): Promise<Event | null> {
  for await (const event of eventsOf(body)) {
    if (event.name === "answer" || event.name === "error") return event;
    const progress = event.name === "progress" ? readProgress(event.data) : null;
    if (progress?.ok) onProgress(progress.value);
  }
  return null;
}

function readProgress(data: string): Result<Progress> | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(data);
  } catch {
    return null;
  }
  return readJson(success(parsed), (reader) => ({
    percent: reader.at("percent").optional((percent) => percent.number()),
    rowsRead: reader.at("rows_read").number(),
    rows: reader.at("rows").optional((rows) => rows.number()),
  }));
}

/** As https://html.spec.whatwg.org/multipage/server-sent-events.html has them; comments and other fields are left out. */
async function* eventsOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Event> {
  let [name, data]: [string, string[]] = ["message", []];
  for await (const line of linesOf(body)) {
    if (line === "") {
      if (data.length > 0) yield { name, data: data.join("\n") };
      [name, data] = ["message", []];
    } else if (line.startsWith("event:")) name = valueOf(line);
    else if (line.startsWith("data:")) data.push(valueOf(line));
  }
}

function valueOf(line: string): string {
  return line.slice(line.indexOf(":") + 1).replace(/^ /, "");
}

/** An answer is one line of many megabytes: its parts are joined once, when its end has come. */
async function* linesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let begun: string[] = [];
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const [first = "", ...others] = decoder.decode(value, { stream: true }).split("\n");
      begun.push(first);
      for (const next of others) {
        yield begun.join("").replace(/\r$/, "");
        begun = [next];
      }
    }
  } finally {
    // Rejected where the request was given up, which whoever reads is told by itself.
    reader.cancel().catch(() => undefined);
  }
}
