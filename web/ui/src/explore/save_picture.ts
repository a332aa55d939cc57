// The chart of the view as a picture.
import { joinClauses } from "../base/clauses";
import { download, fileName } from "../base/download";
import { visibleName } from "../base/foreign_text";
import { formatRange } from "../base/format";
import { palette } from "../base/theme";
import { zoneName } from "../base/zone";
import { heatmapPicture, latencyPicture, plainColours } from "../charts/chart_pictures";
import { heatmapData } from "../charts/heatmap/heatmap_data";
import { heatmapDots } from "../charts/heatmap/heatmap_dots";
import { titleOf } from "./default_view";
import type { Model } from "./model";

const HEIGHT_PX = 380;

/** Whether there is a chart to save. */
export function hasPicture({ data }: Model): boolean {
  return data.value !== null;
}

export async function savePicture(model: Model): Promise<void> {
  const latency = model.latency.state.peek().value;
  const data = model.data.peek();
  if (latency === null || data === null) return;
  const { clauses, by, chart } = model.view.peek();
  const title = visibleName(titleOf(clauses, chart.heatmap ? [] : by).heading);
  const notes = [`${formatRange(latency.start, latency.end)} ${zoneName()}`, visibleName(joinClauses(clauses), 400)];
  const heading = { title, notes, palette: palette.peek() };
  const cells = chart.heatmap ? heatmapData(latency) : null;
  const colourOf = plainColours(heading.palette, data.series.map(({ other }) => other));
  const picture = cells === null ? latencyPicture(heading, data, colourOf, HEIGHT_PX) : heatmapPicture(heading, cells, heatmapDots(latency), HEIGHT_PX);
  const drawn = await picture;
  if (drawn !== null) download(fileName(title, "png"), drawn);
}
