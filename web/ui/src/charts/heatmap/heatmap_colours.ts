// The colour of a cell: one hue, evenly perceived steps of lightness, by the logarithm of the count.

const HUE = 255;

interface Ramp {
  /** Lightness and chroma (OKLCH) of the emptiest and of the fullest cell. */
  readonly few: readonly [lightness: number, chroma: number];
  readonly many: readonly [lightness: number, chroma: number];
}

/** From near the surface to far from it. */
const RAMPS: Readonly<Record<"light" | "dark", Ramp>> = {
  light: { few: [0.92, 0.035], many: [0.34, 0.15] },
  dark: { few: [0.31, 0.05], many: [0.93, 0.07] },
};

/** From 0 for one span to 1 for as many as the fullest cell has. */
export function depthOf(count: number, most: number): number {
  return most <= 1 ? 1 : Math.log(count) / Math.log(most);
}

export function cellColour(depth: number, isDark: boolean): string {
  const { few, many } = RAMPS[isDark ? "dark" : "light"];
  const between = (from: number, to: number) => (from + (to - from) * depth).toFixed(3);
  return `oklch(${between(few[0], many[0])} ${between(few[1], many[1])} ${HUE})`;
}
