// Ways to ask for less where a limit is reached.
import { Button } from "../widgets/button";
import type { Model } from "./model";

export function Narrow({ model }: { readonly model: Model }) {
  return (
    <>
      <Button class="primary" onClick={() => model.setRange({ from: "now-15m", to: "now" })}>
        Last 15 minutes
      </Button>
      {model.view.value.by.length > 0 && <Button onClick={() => model.change({ by: [] })}>Without groups</Button>}
    </>
  );
}
