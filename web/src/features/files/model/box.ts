/** The room a picture gets before it is there; its own shape within bounds, 4 : 3 while nobody knows it. */
export function boxOf(width: number | null, height: number | null): { width: number; height: number } {
  const [w, h] = width && height ? [width, height] : [4, 3];
  const scale = Math.min(300 / w, 340 / h);
  return {
    width: Math.round(Math.min(300, Math.max(140, w * scale))),
    height: Math.round(Math.min(340, Math.max(96, h * scale))),
  };
}
