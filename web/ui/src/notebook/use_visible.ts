// Whether an element is on the screen, or nearly.
import type { RefObject } from "preact";
import { useEffect, useState } from "preact/hooks";

const AHEAD = "300px";

export function useVisible(element: RefObject<HTMLElement | null>): boolean {
  const [isVisible, setVisible] = useState(false);
  useEffect(() => {
    const watched = element.current;
    if (watched === null) return;
    const observer = new IntersectionObserver((entries) => setVisible(entries.at(-1)?.isIntersecting ?? false), { rootMargin: AHEAD });
    observer.observe(watched);
    return () => observer.disconnect();
  }, []);
  return isVisible;
}
