import { Outlet, useNavigate, useRouterState } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { useHotkeys } from '@/shared/hooks/useHotkeys';
import { useT } from '@/shared/i18n';
import { Toaster } from '@/shared/ui/toast';
import { useLive } from '../live/useLive';
import { Rail } from './Rail';
import { SessionGuard } from './SessionGuard';
import { TopBar } from './TopBar';

const KeysHelp = lazy(() => import('./KeysHelp'));
const Palette = lazy(() => import('../palette/Palette'));

/** F6 walks the panes in reading order, as desktop programs do. */
function walkPanes(back: boolean): void {
  const panes = [...document.querySelectorAll<HTMLElement>('[data-pane]')].filter(
    (p) => p.offsetParent !== null,
  );
  if (panes.length === 0) return;
  const at = panes.findIndex((p) => p.contains(document.activeElement));
  const next = panes[(at + (back ? -1 : 1) + panes.length) % panes.length];
  const inside = next?.querySelector<HTMLElement>('[aria-current="true"], [data-pane-focus]');
  (inside ?? next)?.focus();
}

export function Shell() {
  const { t } = useT();
  const navigate = useNavigate();
  const [keys, setKeys] = useState(false);
  const [palette, setPalette] = useState(false);
  const inThread = useRouterState({ select: (s) => /^\/inbox\/./.test(s.location.pathname) });
  useLive();
  useHotkeys({
    'mod+k': (e) => {
      e.preventDefault();
      setPalette((open) => !open);
    },
    '?': () => setKeys(true),
    'g i': () => void navigate({ to: '/inbox' }),
    'g c': () => void navigate({ to: '/channels' }),
    'g s': () => void navigate({ to: '/settings' }),
    f6: (e) => {
      e.preventDefault();
      walkPanes(false);
    },
    'shift+f6': (e) => {
      e.preventDefault();
      walkPanes(true);
    },
  });
  return (
    <>
      <SessionGuard />
      <div className={inThread ? 'shell in-thread' : 'shell'}>
        <a className="skip" href="#main">
          {t('shell.skip')}
        </a>
        <Rail />
        <TopBar onKeys={() => setKeys(true)} onSearch={() => setPalette(true)} />
        <main className="sheet" id="main" tabIndex={-1}>
          <Outlet />
        </main>
        <Toaster />
        {palette && (
          <Suspense fallback={null}>
            <Palette onClose={() => setPalette(false)} onKeys={() => setKeys(true)} />
          </Suspense>
        )}
        {keys && (
          <Suspense fallback={null}>
            <KeysHelp onClose={() => setKeys(false)} />
          </Suspense>
        )}
      </div>
    </>
  );
}
