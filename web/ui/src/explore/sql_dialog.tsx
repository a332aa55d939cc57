// The filter and one value of a trace as SQL, over the page.
import { SqlView } from "../question/sql_view";
import { Button } from "../widgets/button";
import { Dialog } from "../widgets/dialog";
import type { Range } from "./view";

interface SqlDialogProps {
  readonly clauses: readonly string[];
  readonly range: Range;
  readonly onClose: () => void;
}

export function SqlDialog({ clauses, range, onClose }: SqlDialogProps) {
  return (
    <Dialog title="Spans of the filter with this value" class="sql-dialog" onClose={onClose}>
      <SqlView clauses={clauses} range={range} />
      <Button onClick={onClose}>Close</Button>
    </Dialog>
  );
}
