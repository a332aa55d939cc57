// What stands in the chart's place when nothing was found: where the newest is that matches, and what to try.
import { formatInstant } from "../base/format";
import { type Nanos, rfc3339 } from "../base/time";
import { Button } from "../widgets/button";
import { lazy } from "../widgets/lazy";
import type { Model } from "./model";

const AROUND_NS = 450_000_000_000n;

const EmptyInstall = lazy(() => import("../setup/empty_install").then((module) => module.EmptyInstall));

export function EmptyState({ model, height }: { readonly model: Model; readonly height: number }) {
  const { value: newest, loading, answeredAt } = model.newest.state.value;
  const { clauses } = model.view.value;
  if (answeredAt !== null && newest === null && model.info.state.value.value?.rawDataFrom === null) return <EmptyInstall onRefresh={model.lookAgain} />;
  const around = (time: Nanos) => model.setRange({ from: rfc3339(time - AROUND_NS), to: rfc3339(time + AROUND_NS) });
  return (
    <div class="state" style={{ height: `${height}px` }}>
      <h2>No spans match this filter in this range</h2>
      <p>
        {loading
          ? "Looking for the newest span that matches."
          : newest === null
            ? "None matched in the last seven days either. Try with fewer filters."
            : `The newest span that matches ended at ${formatInstant(newest)}.`}
      </p>
      <div class="state-actions">
        {newest !== null && (
          <Button class="primary" onClick={() => around(newest)}>
            Show the 15 minutes around it
          </Button>
        )}
        <Button onClick={() => model.setRange({ from: "now-24h", to: "now" })}>Widen to 24 hours</Button>
        {clauses.length > 0 && <Button onClick={() => model.removeClause(clauses.length - 1)}>Remove the last filter</Button>}
        {clauses.length > 1 && <Button onClick={() => model.change({ clauses: [] })}>Remove all filters</Button>}
      </div>
    </div>
  );
}
