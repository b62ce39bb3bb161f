import { IconAlertCircle, IconCloudDownload, IconPlayerPlayFilled } from '@tabler/icons-react';
import { lazy, Suspense, useMemo, useState } from 'react';
import type { Id, StoredMedia } from '@/api/types';
import { isolate, useT } from '@/shared/i18n';
import { dateMinute } from '@/shared/lib/format';
import { ErrorState, Skeletons } from '@/shared/ui/states';
import { useFiles } from '../hooks/queries';
import { isDrawable } from '../model/kinds';
import { iconOf, nameOf } from '../model/words';
import { factsOf } from './DocumentCard';
import { isVisual } from './MediaBody';

const Viewer = lazy(() => import('./Viewer'));
const viewable = (f: StoredMedia) =>
  f.state === 'ready' && f.url !== null && f.kind !== 'sticker' && isVisual(f);

/** Every file of a conversation, the newest first. */
export default function FilesSection({ conversationId }: { conversationId: Id }) {
  const { t } = useT();
  const { query, files } = useFiles(conversationId);
  const [viewing, setViewing] = useState<Id | null>(null);
  const shown = useMemo(
    () =>
      files
        .filter(viewable)
        .map((item) => ({ item, from: null, at: item.created_at }))
        .reverse(),
    [files],
  );
  if (query.isPending)
    return (
      <div className="fls">
        <Skeletons rows={4}>{(i) => <span key={i} className="fls-i sk-bar" />}</Skeletons>
      </div>
    );
  if (query.isError && files.length === 0)
    return <ErrorState title={t('files.listError')} error={query.error} retry={() => void query.refetch()} />;
  if (files.length === 0) return <p className="mut">{t('files.none')}</p>;
  return (
    <>
      <ul className="fls">
        {files.map((f) => (
          <li key={f.id}>
            <Tile file={f} onOpen={() => setViewing(f.id)} />
          </li>
        ))}
      </ul>
      {query.hasNextPage && (
        <button
          type="button"
          className="lnk fls-more"
          disabled={query.isFetchingNextPage}
          onClick={() => void query.fetchNextPage()}
        >
          {t(query.isFetchNextPageError ? 'common.tryAgain' : 'files.more')}
        </button>
      )}
      {viewing && (
        <Suspense fallback={null}>
          <Viewer shown={shown} id={viewing} onMove={setViewing} onClose={() => setViewing(null)} />
        </Suspense>
      )}
    </>
  );
}

function Tile({ file: f, onOpen }: { file: StoredMedia; onOpen: () => void }) {
  const { t, language } = useT();
  const name = nameOf(f, t);
  const title = `${name} · ${dateMinute(f.created_at, language)}`;
  const Icon = f.state === 'failed' ? IconAlertCircle : f.state === 'ready' ? iconOf(f) : IconCloudDownload;
  const still = f.kind === 'sticker' ? f.url : (f.thumbnail_url ?? (isDrawable(f.mime_type) ? f.url : null));
  const card = still ? (
    <img src={still} alt="" loading="lazy" decoding="async" />
  ) : (
    <>
      <Icon size={20} stroke={1.6} aria-hidden="true" />
      <small className="ell">
        <bdi>{name}</bdi>
      </small>
    </>
  );
  if (f.state !== 'ready' || !f.url)
    return (
      <span className="fls-i doc" title={title}>
        {card}
        <span className="vh">{t(f.state === 'failed' ? 'files.lost' : 'files.downloading')}</span>
      </span>
    );
  if (!viewable(f))
    return (
      <a
        className={still ? 'fls-i' : 'fls-i doc'}
        href={f.url}
        download={name}
        target="_blank"
        rel="noopener noreferrer"
        title={title}
        aria-label={t('files.download', { name: isolate(name), facts: factsOf(f, t) })}
      >
        {card}
      </a>
    );
  return (
    <button
      type="button"
      className="fls-i"
      title={title}
      onClick={onOpen}
      aria-label={t('files.open', { kind: isolate(name) })}
    >
      {still ? card : <span className="doc fls-i">{card}</span>}
      {f.kind === 'video' && still && (
        <span className="b-play-s">
          <IconPlayerPlayFilled size={14} aria-hidden="true" />
        </span>
      )}
    </button>
  );
}
