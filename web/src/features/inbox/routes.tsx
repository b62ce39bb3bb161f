import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useCallback } from 'react';
import { useMay } from '@/features/auth';
import { useHotkeys } from '@/shared/hooks/useHotkeys';
import { useNarrow, usePhone } from '@/shared/hooks/useMediaQuery';
import { useTitle } from '@/shared/hooks/useTitle';
import { useT } from '@/shared/i18n';
import { NoPermission } from '@/shared/ui/states';
import { ConversationList } from './components/ConversationList';
import { NothingChosen } from './components/NothingChosen';
import { Thread } from './components/Thread';
import { inboxTabs } from './model/tabs';
import './inbox.css';
import './thread.css';
import './composer.css';

export function InboxPage() {
  const { t } = useT();
  const allowed = useMay('inbox.view');
  if (!allowed) {
    return (
      <div className="page-mid">
        <NoPermission title={t('inbox.forbidden')} text={t('inbox.forbiddenText')} />
      </div>
    );
  }
  return <Inbox />;
}

function Inbox() {
  const { t } = useT();
  const navigate = useNavigate();
  const { conversationId } = useParams({ strict: false });
  const { tab = 'mine', panel = false } = useSearch({ from: '/app/inbox' });
  const phone = usePhone();
  const narrow = useNarrow();
  useTitle(conversationId ? undefined : t('shell.inbox'));

  const go = useCallback(
    (step: number) => {
      const next = inboxTabs[(inboxTabs.indexOf(tab) + step + inboxTabs.length) % inboxTabs.length];
      void navigate({ to: '.', search: { tab: next } });
    },
    [navigate, tab],
  );
  const setPanel = useCallback(
    (open: boolean) => {
      void navigate({ to: '.', search: { tab, panel: open ? true : undefined }, replace: !phone });
    },
    [navigate, tab, phone],
  );
  useHotkeys({ '[': () => go(-1), ']': () => go(1) });

  const list = <ConversationList tab={tab} selected={conversationId} />;
  const thread = conversationId ? (
    <Thread
      key={conversationId}
      id={conversationId}
      tab={tab}
      phone={phone}
      narrow={narrow}
      panelOpen={panel}
      setPanel={setPanel}
    />
  ) : (
    <NothingChosen />
  );
  return (
    <div className="ib">
      <h1 className="vh">{t('shell.inbox')}</h1>
      {phone ? (conversationId ? thread : list) : list}
      {!phone && thread}
    </div>
  );
}
