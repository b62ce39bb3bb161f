/** Two voices at once are noise: whoever begins to play makes the one before pause. */
let current: HTMLMediaElement | null = null;
export function playing(element: HTMLMediaElement): void {
  if (current && current !== element) current.pause();
  current = element;
}
