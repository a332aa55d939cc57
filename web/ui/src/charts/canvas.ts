// A canvas as sharp as the screen, with one CSS pixel as its unit.

/** Cleared and ready to draw; null where there is no canvas. */
export function prepareCanvas(canvas: HTMLCanvasElement | null, width: number, height: number): CanvasRenderingContext2D | null {
  const context = canvas?.getContext("2d") ?? null;
  if (canvas === null || context === null) return null;
  const ratio = window.devicePixelRatio;
  canvas.width = Math.max(Math.round(width * ratio), 1);
  canvas.height = Math.max(Math.round(height * ratio), 1);
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  return context;
}
