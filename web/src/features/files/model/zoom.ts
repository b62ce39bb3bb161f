/* Where a picture stands in the viewer. Offsets are measured from the middle of the stage. */
export interface View {
  scale: number;
  x: number;
  y: number;
}
export const whole: View = { scale: 1, x: 0, y: 0 };
const most = 8;

/** Zooms so that the point under the hand stays under it. */
export function zoomAt(view: View, factor: number, px: number, py: number): View {
  const scale = Math.min(most, Math.max(1, view.scale * factor));
  if (scale === 1) return whole;
  const by = scale / view.scale;
  return { scale, x: px - (px - view.x) * by, y: py - (py - view.y) * by };
}
/** A picture never leaves the stage: at least its edge stays at the stage's edge. */
export function within(
  view: View,
  picture: { width: number; height: number },
  stage: { width: number; height: number },
): View {
  const slack = (size: number, room: number) => Math.max(0, (size * view.scale - room) / 2);
  const clamp = (v: number, by: number) => Math.min(by, Math.max(-by, v));
  return {
    scale: view.scale,
    x: clamp(view.x, slack(picture.width, stage.width)),
    y: clamp(view.y, slack(picture.height, stage.height)),
  };
}
