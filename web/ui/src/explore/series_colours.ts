// The colours of series, which keep theirs from one answer to the next.
import { useMemo, useRef } from "preact/hooks";
import { assignPlaces } from "../base/palette";
import { palette } from "../base/theme";
import { type ChartData, seriesKey } from "../charts/chart_data";

export function useSeriesColours(data: ChartData): (series: number) => string {
  const places = useRef<ReadonlyMap<string, number>>(new Map());
  const keys = useMemo(() => {
    const named = data.series.map((series) => (series.other ? null : seriesKey(series)));
    places.current = assignPlaces(places.current, named.filter((key) => key !== null));
    return named;
  }, [data]);
  const colours = palette.value;
  return (series) => {
    const key = keys[series];
    const place = key == null ? undefined : places.current.get(key);
    return (place === undefined ? undefined : colours.series[place % colours.series.length]) ?? colours.rest;
  };
}
