// Text from the cluster as text: isolated, so that it turns no other text around, and cut where it is very long.
import { useState } from "preact/hooks";
import { SHOWN_MAX, cutText, visibleText } from "../base/foreign_text";
import { formatCount } from "../base/format";

export function ForeignText({ text }: { readonly text: string }) {
  const [whole, setWhole] = useState(false);
  const shown = whole ? text : cutText(text, SHOWN_MAX);
  const left = text.length - shown.length;
  return (
    <>
      <bdi>{visibleText(shown)}</bdi>
      {left > 0 && (
        <>
          …{" "}
          <button type="button" class="link-button" onClick={() => setWhole(true)}>
            show all, {formatCount(left)} more characters
          </button>
        </>
      )}
    </>
  );
}
