// The sheet of keyboard shortcuts.
import { Button } from "../widgets/button";
import { Dialog } from "../widgets/dialog";

type Keys = readonly (readonly [keys: string, meaning: string])[];

const KEYS: Keys = [
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
  ["w", "go to the waterfall of the open trace"],
  ["c", "only the critical path in the waterfall, or all spans"],
  ["f", "trace on the full page"],
  ["Esc", "close the trace and return to its dot; then the comparison"],
];

const TRACE_KEYS: Keys = [
  ["E", "next error"],
  [",  .", "before and next on the critical path"],
  ["n  N", "next and previous match of the search"],
  ["*", "open or close everything below the row"],
  ["F", "show all of the time"],
  ["y", "copy a link to what is shown"],
];

/** While the focus is in its rows. */
const WATERFALL_KEYS: Keys = [
  ["arrows", "move; left and right fold; Home and End jump; Enter shows attributes, opens a run or a linked trace"],
  ["w  s", "zoom in and out"],
  ["a  d", "move the time back and on"],
  ["/", "search in the trace"],
];

export function Help({ onClose }: { readonly onClose: () => void }) {
  return (
    <Dialog title="Keyboard" onClose={onClose}>
      <KeyList keys={KEYS} />
      <h3>While a trace is open</h3>
      <KeyList keys={TRACE_KEYS} />
      <h3>In its waterfall</h3>
      <KeyList keys={WATERFALL_KEYS} />
      <Button onClick={onClose}>Close</Button>
    </Dialog>
  );
}

function KeyList({ keys }: { readonly keys: Keys }) {
  return (
    <dl>
      {keys.map(([one, meaning]) => (
        <div key={one}>
          <dt>
            <kbd>{one}</kbd>
          </dt>
          <dd>{meaning}</dd>
        </div>
      ))}
    </dl>
  );
}
