// What a row or the panel says of a link: where it leads, and once that is known what is there and when.
import type { Trace } from "../api/trace";
import { visibleName } from "../base/foreign_text";
import { formatDuration, formatQuantity } from "../base/format";
import type { TraceModel } from "./trace_model";
import { linkTarget } from "./trace_model";

/** Before a link that a span has itself, and before one of a trace that was found. */
const FROM_HERE = "⇢";
export const FROM_ELSEWHERE = "⇠";

interface LinkWords {
  readonly prefix: string;
  readonly name: string;
  readonly title: string;
  readonly failed: boolean;
  readonly offset: string;
  readonly duration: string;
}

export function linkSentence(model: TraceModel, link: number): LinkWords {
  const all = model.all.peek();
  const { link: named, owner, how, words: known } = all.links[link]!;
  const source = all.sources.find((one) => one.link === link);
  const prefix = how === undefined ? FROM_HERE : FROM_ELSEWHERE;
  const words = (text: string, failed = false): LinkWords => {
    const name = [known ?? `trace ${named.traceId.slice(0, 8)}…`, ...(how === undefined ? [] : [how]), text].join(" · ");
    return { prefix, name, title: `linked ${name}`, failed, offset: "", duration: "" };
  };
  if (source !== undefined) {
    const start = startWords(source.shiftNs - all.spans[owner]!.offsetNs);
    const words = [rootWords(source.trace), ...(how === undefined ? [] : [how]), start].join(" · ");
    return { prefix, name: words, title: words, failed: false, offset: formatDuration(source.shiftNs), duration: formatDuration(source.trace.durationNs) };
  }
  if (linkTarget(all, link) !== null) return words("shown in this view already");
  const state = model.linkStates.peek().get(link);
  if (state === "loading") return words("being fetched");
  return state === undefined ? words("open it here") : words(state.message, true);
}

function rootWords({ spans, traceId }: Trace): string {
  const [root] = spans;
  return root === undefined ? `trace ${traceId}` : `${visibleName(root.service)} ${visibleName(root.name)}, ${formatQuantity(spans.length, "span")}`;
}

/** "starts 12.0 ms before" the span that has the link. */
export function startWords(afterNs: number): string {
  if (afterNs === 0) return "starts with it";
  return `starts ${formatDuration(Math.abs(afterNs))} ${afterNs < 0 ? "before it" : "after it"}`;
}
