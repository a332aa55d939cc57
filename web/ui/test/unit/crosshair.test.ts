import { expect, it } from "vitest";
import { crosshair, leave, pointAt } from "../../src/charts/crosshair";

it("is one time for all charts, taken away only by the chart that the pointer was in", () => {
  const [lines, cells] = [{}, {}];
  pointAt(1000, lines);
  pointAt(1010, cells);
  leave(lines);
  expect(crosshair.value).toEqual({ seconds: 1010, source: cells });
  leave(cells);
  expect(crosshair.value).toBeNull();
});
