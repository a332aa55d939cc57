// How the chart is shown: what it measures, as lines or cells, which quantiles, as a table; the rest is folded away.
import type { Signal } from "@preact/signals";
import { quantileLabel } from "../base/format";
import { MEASURES } from "../charts/measure";
import { Button, IconButton } from "../widgets/button";
import { ChartIcon, TableIcon, ZoomOutIcon } from "../widgets/icons";
import { Segmented } from "../widgets/segmented";
import { KeepButton } from "./keep_button";
import type { Model } from "./model";
import { QUANTILE_CHOICES } from "./view";

const FORMS = [
  { value: "lines", label: "Lines", title: "Over time, a line for each series" },
  { value: "heatmap", label: "Heatmap", title: "By time and duration, all series together (h)" },
];
const MEASURE_CHOICES = [
  { value: "latency", label: "latency", title: "How long spans took" },
  { value: "rate", label: "rate", title: "How many spans ended in a second" },
  { value: "errors", label: "errors", title: "The part of spans that failed" },
];

export function ChartChoices({ model, options }: { readonly model: Model; readonly options: Signal<boolean> }) {
  const { table, chart } = model.view.value;
  const form = chart.heatmap ? "heatmap" : "lines";
  return (
    <div class="panel-choices">
      {model.beforeZoom.value !== null && (
        <Button class="quiet" onClick={model.resetZoom}>
          <ZoomOutIcon /> Reset zoom
        </Button>
      )}
      <Segmented
        label="Chart"
        choices={FORMS}
        isOn={(value) => value === form}
        onChoose={(value) => model.changeChart({ heatmap: value === "heatmap" })}
      />
      {!chart.heatmap && <LineChoices model={model} />}
      <Button pressed={options.value} title="Axis, the time before, thresholds" onClick={() => (options.value = !options.value)}>
        Options
      </Button>
      <IconButton label={table ? "Show as chart" : "Show as table"} onClick={() => model.change({ table: !table }, "replace")}>
        {table ? <ChartIcon /> : <TableIcon />}
      </IconButton>
      <KeepButton model={model} question={async () => (await import("./kept_question")).keptLatency(model.view.peek(), model.range.peek())} />
    </div>
  );
}

function LineChoices({ model }: { readonly model: Model }) {
  const { quantiles, chart } = model.view.value;
  const toggle = (quantile: string) => {
    const next = QUANTILE_CHOICES.filter((choice) => quantiles.includes(choice) !== (choice === quantile));
    if (next.length > 0) model.change({ quantiles: next });
  };
  return (
    <>
      <Segmented
        label="Measure"
        choices={MEASURE_CHOICES}
        isOn={(value) => value === chart.measure}
        onChoose={(value) => model.changeChart({ measure: MEASURES.find((measure) => measure === value) ?? "latency" })}
      />
      {chart.measure === "latency" && (
        <Segmented
          label="Quantiles"
          choices={QUANTILE_CHOICES.map((value) => ({ value, label: quantileLabel(value) }))}
          isOn={(value) => quantiles.includes(value)}
          onChoose={toggle}
        />
      )}
    </>
  );
}
