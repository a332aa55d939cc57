// Text that the cluster's clients wrote: made safe to read by showing what would be invisible or would move other text.

/** More of one value is shown only on demand: a megabyte in one element makes a page slow. */
export const SHOWN_MAX = 2_000;

/**
 * Control characters but for line breaks and tabs; marks that turn the direction of text; characters without width.
 * Joiners stay: words of some languages need them.
 */
const UNSEEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** Most text is nothing but this, which is quick to tell. */
const PLAIN = /^[\x20-\x7e]*$/;

/** The text with such characters spelled out, as in `gnp⟨U+202E⟩exe`. */
export function visibleText(text: string): string {
  if (PLAIN.test(text)) return text;
  return text.replace(UNSEEN, (character) => `⟨U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}⟩`);
}

/** The first `most` characters, without half of a pair at the end. */
export function cutText(text: string, most: number): string {
  if (text.length <= most) return text;
  const last = text.charCodeAt(most - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? most - 1 : most);
}

/** For a name in a row or a tooltip: one line, not long. */
export function visibleName(text: string, most = 300): string {
  const cut = cutText(text, most);
  if (cut === text && PLAIN.test(text)) return text;
  return visibleText(cut).replace(/[\n\t]+/g, " ") + (cut.length < text.length ? "…" : "");
}
