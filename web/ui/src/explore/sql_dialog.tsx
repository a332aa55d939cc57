// The filter and one value of a trace as SQL, over the page.
import { useEffect, useRef } from "preact/hooks";
import { SqlView } from "../question/sql_view";
import { Button } from "../widgets/button";
import type { Range } from "./view";

interface SqlDialogProps {
  readonly clauses: readonly string[];
  readonly range: Range;
  readonly onClose: () => void;
}

export function SqlDialog({ clauses, range, onClose }: SqlDialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} class="help sql-dialog" aria-labelledby="sql-title" onClose={onClose} onKeyDown={(event) => event.stopPropagation()}>
      <h2 id="sql-title">Spans of the filter with this value</h2>
      <SqlView clauses={clauses} range={range} />
      <Button onClick={onClose}>Close</Button>
    </dialog>
  );
}
