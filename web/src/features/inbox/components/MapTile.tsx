/** A drawn place: no map server learns what a customer sent. */
export function MapTile() {
  return (
    <svg className="map" viewBox="0 0 300 110" preserveAspectRatio="xMidYMid slice" aria-hidden="true">
      <rect width="300" height="110" fill="var(--sb-map-land)" />
      <path d="M210-10q-30 60 10 130h120V-10z" fill="var(--sb-map-water)" />
      <path
        d="M-10 70 210 20M40-10l40 130M120-10l30 130M-10 30l180 60"
        stroke="var(--sb-map-road)"
        strokeWidth="6"
      />
      <path d="M-10 100l220-50M80-10 60 120" stroke="var(--sb-map-road)" strokeWidth="3" />
      <rect x="10" y="40" width="24" height="18" rx="3" fill="var(--sb-map-park)" />
      <rect x="96" y="60" width="30" height="26" rx="4" fill="var(--sb-map-park)" />
      <path
        d="M136 66c0-10 7-17 16-17s16 7 16 17c0 12-16 26-16 26s-16-14-16-26z"
        fill="var(--sb-err-solid)"
      />
      <circle cx="152" cy="65" r="6" fill="var(--sb-on-mark)" />
    </svg>
  );
}
