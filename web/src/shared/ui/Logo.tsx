export function Logo({ size = 28 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 28 28" aria-hidden="true">
      <rect width="28" height="28" rx="8" fill="var(--sb-logo-bg)" />
      <g fill="none" stroke="var(--sb-logo-fg)" strokeWidth="2">
        <circle cx="9" cy="9" r="2.6" />
        <circle cx="19" cy="9" r="2.6" opacity=".45" />
        <circle cx="9" cy="19" r="2.6" opacity=".45" />
      </g>
      <circle cx="19" cy="19" r="2.6" fill="var(--sb-logo-brass)" />
      <path
        d="M9 11.5c0 5 2.6 7.5 7.6 7.5"
        stroke="var(--sb-logo-brass)"
        strokeWidth="2"
        fill="none"
        strokeLinecap="round"
      />
    </svg>
  );
}

const holes = [0, 1, 2, 3, 4];
/** The field of jacks that empty states share; `on` shows a cord that has found its place. */
export function Jacks({ on }: { on?: boolean }) {
  return (
    <svg width="112" height="60" viewBox="0 0 112 60" aria-hidden="true" className="flip">
      {holes.map((i) => (
        <g key={i} fill="none" stroke="var(--sb-line-strong)" strokeWidth="2.5">
          <circle cx={16 + i * 20} cy="16" r="6" />
          <circle
            cx={16 + i * 20}
            cy="44"
            r="6"
            fill={on && i === 3 ? 'var(--sb-logo-brass)' : 'none'}
            stroke={on && i === 3 ? 'var(--sb-note-meta)' : 'var(--sb-line-strong)'}
          />
        </g>
      ))}
      <path
        d={on ? 'M36 16c0 26 40 4 40 28' : 'M36 16c0 22 14 26 26 40'}
        fill="none"
        stroke="var(--sb-accent)"
        strokeWidth="3"
        strokeLinecap="round"
      />
      <circle cx="36" cy="16" r="4" fill="var(--sb-accent)" />
    </svg>
  );
}
