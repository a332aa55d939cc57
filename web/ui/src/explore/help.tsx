// The sheet of keyboard shortcuts.
import { useEffect, useRef } from "preact/hooks";
import { Button } from "../widgets/button";

const KEYS: readonly (readonly [keys: string, meaning: string])[] = [
  ["?", "this sheet"],
  ["/", "add a filter"],
  ["d", "go to the exemplar dots; arrow keys move, Enter opens"],
  ["h", "heatmap or lines; in the heatmap arrows move over cells, Shift with them draws a box, Enter compares it"],
  ["t", "chart or table"],
  ["s", "where the time goes, or latency"],
  ["v", "compare the slowest with the rest"],
  ["r", "refresh now"],
  ["z", "reset zoom"],
  ["[  ]", "previous and next exemplar, while a trace is open"],
  ["w", "go to the waterfall; arrows move, left and right fold, Home and End jump, Enter shows attributes"],
  ["c", "only the critical path in the waterfall, or all spans"],
  ["f", "trace on the full page"],
  ["Esc", "close the trace and return to its dot; then the comparison"],
];

export function Help({ open, onClose }: { readonly open: boolean; readonly onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (open) dialog.current?.showModal();
    else dialog.current?.close();
  }, [open]);
  return (
    <dialog ref={dialog} class="help" aria-labelledby="help-title" onClose={onClose}>
      <h2 id="help-title">Keyboard</h2>
      <dl>
        {KEYS.map(([keys, meaning]) => (
          <div key={keys}>
            <dt>
              <kbd>{keys}</kbd>
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
      <Button onClick={onClose}>Close</Button>
    </dialog>
  );
}
