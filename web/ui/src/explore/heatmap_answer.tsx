// The answer as a heatmap, or its cells as a table, with the way from a box of cells to a comparison.
import { useMemo } from "preact/hooks";
import { HeatmapChart } from "../charts/heatmap/heatmap_chart";
import { heatmapData } from "../charts/heatmap/heatmap_data";
import { heatmapDots } from "../charts/heatmap/heatmap_dots";
import { HeatmapTable } from "../charts/heatmap/heatmap_table";
import "../style/heatmap.css";
import { CompareActions } from "./compare_actions";
import type { Model } from "./model";
import { Skeleton } from "../widgets/states";

export function HeatmapAnswer({ model, height }: { readonly model: Model; readonly height: number }) {
  const latency = model.latency.state.value.value;
  const { data, dots } = useMemo(
    () => (latency === null ? { data: null, dots: [] } : { data: heatmapData(latency), dots: heatmapDots(latency) }),
    [latency],
  );
  const { table, chart } = model.view.value;
  // The last answer is one to lines until that to cells comes.
  if (data === null) return <Skeleton height={height} />;
  return (
    <>
      {table ? (
        <HeatmapTable data={data} height={height} />
      ) : (
        <HeatmapChart
          data={data}
          dots={dots}
          height={height}
          selection={chart.box}
          selected={model.selected.value?.spanId ?? null}
          current={model.current.value}
          onSelect={(box) => model.changeChart({ box }, "replace")}
          onCompare={model.compareSelection}
          onZoom={model.zoom}
          onOpen={(dot) => model.openExemplar(dot.exemplar)}
          onCurrent={(spanId) => (model.current.value = spanId)}
          onDots={(shown) => (model.shown.value = shown.map((dot) => dot.exemplar))}
        />
      )}
      <CompareActions model={model} canDrag={false} />
    </>
  );
}
