// Finds spans of a trace by a text in their name, service, status, attributes, events or resource, and steps among them.
import type { Attribute, Resource, Span } from "../api/trace";
import { valueText } from "../base/json";
import { type Sources, sourceOf } from "./sources";

/** Places of the spans that hold the text, in the order of the tree. Upper and lower case are the same; `key=value` looks in one attribute. */
export function findSpans(all: Sources, text: string): Int32Array {
  const wanted = text.trim();
  if (wanted === "") return new Int32Array(0);
  const pattern = new RegExp(wanted.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"), "iu");
  const known = new Map<string, boolean>();
  // Names and keys come again and again; values are tested as they come.
  const holdsName = (name: string): boolean => {
    const answer = known.get(name) ?? pattern.test(name);
    known.set(name, answer);
    return answer;
  };
  const paired = wanted.includes("=");
  const holdsAttribute = ({ key, value }: Attribute): boolean =>
    holdsName(key) || pattern.test(valueText(value)) || (paired && pattern.test(`${key}=${valueText(value)}`));
  const resources = new Map<Resource, boolean>();
  const holdsResource = (resource: Resource): boolean => {
    const answer = resources.get(resource) ?? resource.attributes.some(holdsAttribute);
    resources.set(resource, answer);
    return answer;
  };
  const holds = (span: Span, place: number): boolean => {
    if (holdsName(span.name) || holdsName(span.service) || holdsName(span.statusMessage) || pattern.test(span.spanId)) return true;
    if (span.attributes.some(holdsAttribute)) return true;
    if (span.events.some((event) => holdsName(event.name) || event.attributes.some(holdsAttribute))) return true;
    const resource = sourceOf(all, place).trace.resources[span.resource];
    return resource !== undefined && holdsResource(resource);
  };
  const found: number[] = [];
  all.spans.forEach((span, place) => {
    if (holds(span, place)) found.push(place);
  });
  return Int32Array.from(found);
}

/** Places of the spans that failed. */
export function failedSpans({ spans }: Sources): Int32Array {
  return Int32Array.from(spans.flatMap((span, place) => (span.status === "error" ? [place] : [])));
}

/** The next place after `at` (or the one before it), around the end; null where there is none. Places ascend. */
export function step(places: Int32Array, at: number, direction: 1 | -1): number | null {
  if (places.length === 0) return null;
  if (direction === 1) return places.find((place) => place > at) ?? places[0]!;
  return places.findLast((place) => place < at) ?? places.at(-1)!;
}
