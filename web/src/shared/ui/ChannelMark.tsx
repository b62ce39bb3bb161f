import type { CSSProperties } from 'react';

interface Props {
  icon?: string;
  accent?: string;
  /** Name of the type; left out when the words stand beside the mark. */
  label?: string;
  size?: number;
  soft?: boolean;
}
const safeColour = (value?: string) =>
  value && /^#[0-9a-f]{3,8}$/i.test(value) ? value : 'var(--sb-text-3)';

/** The platform's own glyph in the platform's accent. The SVG is used as a mask, so it never runs as markup. */
export function ChannelMark({ icon, accent, label, size = 16, soft }: Props) {
  const style = {
    width: size,
    height: size,
    borderRadius: Math.round(size * 0.3),
    '--mk': safeColour(accent),
  } as CSSProperties;
  const glyph = {
    width: Math.round(size * 0.68),
    height: Math.round(size * 0.68),
    maskImage: icon ? `url("data:image/svg+xml,${encodeURIComponent(icon)}")` : undefined,
    borderRadius: icon ? undefined : '50%',
  };
  const body = <span className="mark-g" style={glyph} />;
  return label ? (
    <span
      className={soft ? 'mark mark-soft' : 'mark'}
      style={style}
      role="img"
      aria-label={label}
      title={label}
    >
      {body}
    </span>
  ) : (
    <span className={soft ? 'mark mark-soft' : 'mark'} style={style} aria-hidden="true">
      {body}
    </span>
  );
}
