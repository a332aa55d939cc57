// Where the labels of a linear axis stand.

/** From three to six round values that span a range. */
export function niceSteps(low: number, high: number): readonly number[] {
  const span = high - low;
  if (!(span > 0)) return [low, low + 1];
  const rough = span / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power;
  const first = Math.floor(low / step);
  const count = Math.ceil(high / step - 1e-9) - first + 1;
  return [...Array(count).keys()].map((index) => Number(((first + index) * step).toPrecision(12)));
}
