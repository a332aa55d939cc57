// A text cell: its Markdown once the renderer is there, the plain text before that.
import { useEffect, useRef, useState } from "preact/hooks";

type Render = (text: string) => DocumentFragment;

let loaded: Render | null = null;

export function MarkdownView({ text }: { readonly text: string }) {
  const host = useRef<HTMLDivElement>(null);
  const [render, setRender] = useState<Render | null>(() => loaded);
  useEffect(() => {
    if (render !== null) return;
    import("../markdown").then(
      (module) => {
        loaded = module.renderMarkdown;
        setRender(() => module.renderMarkdown);
      },
      () => undefined,
    );
  }, []);
  useEffect(() => {
    if (render !== null) host.current?.replaceChildren(render(text));
  }, [render, text]);
  if (text.trim() === "") return <p class="muted">An empty text.</p>;
  return render === null ? <div class="prose plain">{text}</div> : <div ref={host} class="prose" />;
}
