import { useEffect, useState } from 'react';

/** True only after `wanted` has lasted this long: fast answers never flash a skeleton. */
export function useDelayed(wanted: boolean, ms = 200): boolean {
  const [shown, setShown] = useState(false);
  useEffect(() => {
    if (!wanted) {
      setShown(false);
      return;
    }
    const timer = setTimeout(() => setShown(true), ms);
    return () => clearTimeout(timer);
  }, [wanted, ms]);
  return wanted && shown;
}
