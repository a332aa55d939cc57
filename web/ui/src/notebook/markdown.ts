// CommonMark as a piece of the page: no HTML of its own, no pictures, and cleaned whatever it says. A chunk of its own, for it is large.
import DOMPurify from "dompurify";
import { Marked, type Tokens } from "marked";
import { htmlText } from "./html_text";

const TAGS = [
  "h2", "h3", "h4", "h5", "h6", "p", "br", "hr", "ul", "ol", "li", "blockquote", "pre", "code", "em", "strong", "del", "a",
  "table", "thead", "tbody", "tr", "th", "td",
];
const ATTRIBUTES = ["href", "title", "start", "align"];
/** Web pages, mail and this page's own views. */
const LINKS = /^(?:https?:|mailto:|\?|#)/i;

const marked = new Marked({
  gfm: true,
  async: false,
  renderer: {
    html: ({ text }: Tokens.HTML | Tokens.Tag) => htmlText(text),
    image: ({ text, href }: Tokens.Image) => htmlText(`[picture: ${text === "" ? href : text}]`),
    // The cell's title is a heading of the second level; its text's are below it.
    heading({ tokens, depth }: Tokens.Heading) {
      const level = Math.min(depth + 2, 6);
      return `<h${level}>${this.parser.parseInline(tokens)}</h${level}>`;
    },
    checkbox: ({ checked }: Tokens.Checkbox) => (checked ? "☑ " : "☐ "),
  },
});

export function renderMarkdown(text: string): DocumentFragment {
  const options = { ALLOWED_TAGS: TAGS, ALLOWED_ATTR: ATTRIBUTES, ALLOWED_URI_REGEXP: LINKS, RETURN_DOM_FRAGMENT: true } as const;
  const fragment = DOMPurify.sanitize(markdownHtml(text), options);
  for (const link of fragment.querySelectorAll("a")) link.rel = "noopener noreferrer";
  for (const wide of fragment.querySelectorAll<HTMLElement>("table, pre")) scrollable(wide);
  return fragment;
}

/** What may be wider than the cell scrolls by itself, by keyboard too. */
function scrollable(element: HTMLElement): void {
  const box = document.createElement("div");
  box.className = "prose-wide";
  box.tabIndex = 0;
  element.replaceWith(box);
  box.append(element);
}

/** The same as text, for an exported page: only what the renderer above writes, cleaned too. */
export function markdownText(text: string): string {
  return DOMPurify.sanitize(markdownHtml(text), { ALLOWED_TAGS: TAGS, ALLOWED_ATTR: ATTRIBUTES, ALLOWED_URI_REGEXP: LINKS });
}

function markdownHtml(text: string): string {
  return marked.parse(text) as string;
}
