import { IconChevronLeft } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import {
  lazy,
  Suspense,
  useCallback,
  useEffect,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
} from 'react';
import type { Conversation, Id, InboxTab, Message } from '@/api/types';
import { useMay } from '@/features/auth';
import { useChannelTypes } from '@/features/channels';
import { addFiles, DropZone, type MediaActs, takesFiles } from '@/features/files';
import { useHotkeys } from '@/shared/hooks/useHotkeys';
import { useMinute } from '@/shared/hooks/useMinute';
import { useTitle } from '@/shared/hooks/useTitle';
import { useT } from '@/shared/i18n';
import { Jacks } from '@/shared/ui/Logo';
import { EmptyState, ErrorState } from '@/shared/ui/states';
import { conversationQuery, isGone, useMessages } from '../hooks/queries';
import { useAnnounce } from '../hooks/useAnnounce';
import { useMarkRead } from '../hooks/useMarkRead';
import { useThreadActions } from '../hooks/useThreadActions';
import { flatten, type Pages } from '../model/cache';
import { blockOf } from '../model/compose';
import { writeDraft } from '../model/drafts';
import { inboxKeys } from '../model/keys';
import { readOutbox, subscribeOutbox, withOutbox } from '../model/outbox';
import { buildThread, type UnreadFrom } from '../model/thread';
import { Composer, type ComposerHandle } from './Composer';
import { type ListHandle, MessageList } from './MessageList';
import { SidePanel } from './SidePanel';
import { ThreadHeader } from './ThreadHeader';
import { ThreadSkeleton } from './ThreadSkeleton';
import { ThreadViewer } from './ThreadViewer';
import { TypingStrip } from './Typing';
import { ThreadContext, type ThreadScope } from './threadContext';

const PanelDrawer = lazy(() => import('./PanelDrawer'));
const MessageDetails = lazy(() => import('./MessageDetails'));

interface Props {
  id: Id;
  tab: InboxTab;
  phone: boolean;
  narrow: boolean;
  panelOpen: boolean;
  setPanel: (open: boolean) => void;
}

/** The list already holds most conversations, so opening one shows it in the same frame. */
function useConversation(id: Id) {
  const client = useQueryClient();
  return useQuery({
    ...conversationQuery(id),
    initialData: () =>
      client
        .getQueriesData<Pages<Conversation>>({ queryKey: inboxKeys.lists() })
        .flatMap(([, data]) => flatten(data))
        .find((c) => c.id === id),
    initialDataUpdatedAt: 0,
  });
}

export function Thread({ id, ...view }: Props) {
  const { t } = useT();
  const { data: conversation, error } = useConversation(id);
  const name = conversation?.contact.display_name || conversation?.contact.name || t('contact.unknown');
  useTitle(conversation ? name : undefined, t('shell.inbox'));
  if (error && !conversation) {
    return (
      <section className="ib-t ib-none" aria-label={t('inbox.conversation')}>
        {isGone(error) ? (
          <EmptyState art={<Jacks />} title={t('thread.gone')} text={t('thread.goneText')}>
            <Link to="/inbox" search={{ tab: view.tab }} className="lnk">
              {t('thread.back')}
            </Link>
          </EmptyState>
        ) : (
          <ErrorState title={t('thread.error')} error={error} />
        )}
      </section>
    );
  }
  if (!conversation) return <ThreadSkeleton />;
  return <OpenThread conversation={conversation} name={name} {...view} />;
}

interface OpenProps extends Omit<Props, 'id'> {
  conversation: Conversation;
  name: string;
}
function OpenThread({ conversation, name, tab, phone, narrow, panelOpen, setPanel }: OpenProps) {
  const { t } = useT();
  const { id } = conversation;
  const type = useChannelTypes().byType.get(conversation.channel.type);
  const mayReply = useMay('inbox.send');
  const mayFiles = useMay('media.edit');
  const actions = useThreadActions(conversation);
  const { query, messages: stored } = useMessages(id);
  const outbox = useSyncExternalStore(subscribeOutbox, readOutbox);
  const messages = useMemo(() => withOutbox(stored, outbox, id), [stored, outbox, id]);
  const [unread] = useState<UnreadFrom>(() => ({
    readUntil: conversation.read_mark?.occurred_at ?? null,
    count: conversation.unread_count,
  }));
  const items = useMemo(
    () => buildThread(messages, unread, query.isSuccess && !query.hasNextPage),
    [messages, unread, query.isSuccess, query.hasNextPage],
  );
  const [flash, setFlash] = useState<string | null>(null);
  const [details, setDetails] = useState<Message | null>(null);
  const [viewing, setViewing] = useState<Id | null>(null);
  const [wanted, setWanted] = useState<string | null>(null);
  const list = useRef<ListHandle>(null);
  const composer = useRef<ComposerHandle>(null);
  const latest = useRef({ messages, items });
  latest.current = { messages, items };
  const words = useAnnounce(stored, name, query.isSuccess);
  useMarkRead(conversation, stored);

  const { fetchNextPage } = query;
  const loadOlder = useCallback(() => void fetchNextPage(), [fetchNextPage]);

  /* A jump to a message that is not loaded pulls older pages until it is. */
  useEffect(() => {
    if (!wanted) return;
    const at = items.findIndex((i) => i.type === 'message' && i.message.id === wanted);
    if (at >= 0) {
      list.current?.toIndex(at);
      setFlash(wanted);
      setWanted(null);
    } else if (query.hasNextPage && !query.isFetchingNextPage && !query.isFetchNextPageError) loadOlder();
    else if (!query.hasNextPage) setWanted(null);
  }, [wanted, items, query.hasNextPage, query.isFetchingNextPage, query.isFetchNextPageError, loadOlder]);
  useEffect(() => {
    if (!flash) return;
    const timer = setTimeout(() => setFlash(null), 1600);
    return () => clearTimeout(timer);
  }, [flash]);

  const files = useMemo<MediaActs>(
    () => ({ open: (item) => setViewing(item.id), retry: mayFiles ? actions.fetchFile : null }),
    [actions, mayFiles],
  );
  const closeViewer = useCallback(() => setViewing(null), []);
  const scope = useMemo<ThreadScope>(
    () => ({
      actions,
      type,
      contact: name,
      mayReply,
      files,
      reply: (m) => composer.current?.replyTo(m.id),
      edit: (m) => {
        writeDraft(id, { text: m.text ?? '', replyToId: m.reply_to_id });
        actions.discard(m);
        composer.current?.reload();
      },
      jump: setWanted,
      find: (messageId) => latest.current.messages.find((m) => m.id === messageId),
      showDetails: setDetails,
    }),
    [actions, type, name, mayReply, files, id],
  );
  const open = conversation.enquiry && conversation.enquiry.status !== 'closed';
  const onClose = open && mayReply ? actions.close : null;

  const { block } = blockOf(conversation, type, mayReply, useMinute());
  const canAttach = mayFiles && !block && takesFiles(type);
  const attach = useCallback(
    (list: File[]) => {
      addFiles(id, type, list);
      composer.current?.focus();
    },
    [id, type],
  );
  const dropRefusal = canAttach
    ? null
    : block
      ? t('files.dropClosed')
      : !mayFiles
        ? t('files.dropForbidden')
        : t('files.faultNone', { platform: type?.name ?? '' });

  const walk = (by: number) => {
    const all = [...document.querySelectorAll<HTMLElement>('.th-s [data-message]')];
    const at = all.findIndex((el) => el.contains(document.activeElement));
    (at < 0 ? all.at(-1) : all[at + by])?.focus();
  };
  useEffect(() => {
    const onKey = (e: KeyboardEvent) => {
      if (!e.altKey || (e.key !== 'ArrowUp' && e.key !== 'ArrowDown')) return;
      e.preventDefault();
      walk(e.key === 'ArrowUp' ? -1 : 1);
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  });
  useHotkeys({
    r: (e) => {
      e.preventDefault();
      composer.current?.focus();
    },
    e: () => onClose?.(),
    u: () => list.current?.toUnread(),
    i: () => setPanel(!panelOpen),
  });

  const panel = <SidePanel conversation={conversation} name={name} type={type} />;
  if (phone && panelOpen) {
    return (
      <section className="ib-s ib-s-page" aria-label={t('panel.label')} data-pane>
        <header className="th">
          <button
            type="button"
            className="th-back"
            aria-label={t('panel.back')}
            onClick={() => setPanel(false)}
          >
            <IconChevronLeft size={22} className="flip" aria-hidden="true" />
          </button>
          <div className="th-n">
            <h2>{t('panel.label')}</h2>
          </div>
        </header>
        {panel}
      </section>
    );
  }
  return (
    <ThreadContext.Provider value={scope}>
      <DropZone className="ib-t" label={name} refusal={dropRefusal} onFiles={attach}>
        <ThreadHeader
          conversation={conversation}
          type={type}
          name={name}
          tab={tab}
          panelButton={narrow}
          panelOpen={panelOpen}
          setPanel={setPanel}
          onClose={onClose}
        />
        {query.isPending ? (
          <ThreadSkeleton inner />
        ) : query.isError && messages.length === 0 ? (
          <div className="th-mid">
            <ErrorState title={t('thread.error')} error={query.error} retry={() => void query.refetch()} />
          </div>
        ) : items.length <= 1 && messages.length === 0 ? (
          <div className="th-mid">
            <EmptyState art={<Jacks />} title={t('thread.empty')} text={t('thread.emptyText')} />
          </div>
        ) : (
          <MessageList
            ref={list}
            items={items}
            flash={flash}
            more={query.hasNextPage}
            loadingOlder={query.isFetchingNextPage}
            olderFailed={query.isFetchNextPageError}
            loadOlder={loadOlder}
          />
        )}
        <TypingStrip conversationId={id} contact={name} />
        <Composer
          ref={composer}
          conversation={conversation}
          type={type}
          actions={actions}
          find={scope.find}
          lastInbound={() => latest.current.messages.findLast((m) => m.direction === 'inbound')?.id ?? null}
          attach={canAttach ? attach : null}
          onSent={() => list.current?.toEnd()}
          onClose={onClose}
        />
        <div className="vh" aria-live="polite">
          {words}
        </div>
        {details && (
          <Suspense fallback={null}>
            <MessageDetails message={details} onClose={() => setDetails(null)} />
          </Suspense>
        )}
        {viewing && (
          <ThreadViewer
            messages={messages}
            contact={name}
            id={viewing}
            onMove={setViewing}
            onStart={query.hasNextPage && !query.isFetchingNextPage ? loadOlder : undefined}
            onClose={closeViewer}
          />
        )}
      </DropZone>
      {!narrow && (
        <aside className="ib-s" aria-label={t('panel.label')} data-pane tabIndex={-1}>
          {panel}
        </aside>
      )}
      {narrow && !phone && panelOpen && (
        <Suspense fallback={null}>
          <PanelDrawer onClose={() => setPanel(false)}>{panel}</PanelDrawer>
        </Suspense>
      )}
    </ThreadContext.Provider>
  );
}
