import { Button } from '@mantine/core';
import { IconCornerDownLeft, IconX } from '@tabler/icons-react';
import {
  type ClipboardEvent,
  type KeyboardEvent,
  type Ref,
  Suspense,
  useCallback,
  useImperativeHandle,
  useLayoutEffect,
  useRef,
  useState,
} from 'react';
import type { ChannelType, Conversation, Id, MediaItem, Message, SendBody } from '@/api/types';
import { useMay, useMe } from '@/features/auth';
import { AttachButton, holdingOf, outgoing, Tray, takeReady, useTray } from '@/features/files';
import { useMinute } from '@/shared/hooks/useMinute';
import { isolate, useT } from '@/shared/i18n';
import { ChannelMark } from '@/shared/ui/ChannelMark';
import { IconButton } from '@/shared/ui/IconButton';
import type { ThreadActions } from '../hooks/useThreadActions';
import { useTypingSignal } from '../hooks/useTypingSignal';
import { blockOf, counterOf } from '../model/compose';
import { readDraft, writeDraft } from '../model/drafts';
import { ComposerBlocked } from './ComposerBlocked';
import { Counter } from './Counter';
import { EmojiButton } from './EmojiButton';
import { kindWords } from './kinds';
import { OfflineNote } from './OfflineNote';
import { PlusMenu } from './PlusMenu';
import { WindowChip } from './WindowChip';

export interface ComposerHandle {
  focus: () => void;
  replyTo: (messageId: Id) => void;
  /** Reads the draft again after somebody else wrote it. */
  reload: () => void;
}
interface Props {
  conversation: Conversation;
  type: ChannelType | undefined;
  actions: ThreadActions;
  find: (id: Id) => Message | undefined;
  lastInbound: () => Id | null;
  /** Null where files cannot be sent. */
  attach: ((files: File[]) => void) | null;
  onSent: () => void;
  onClose: (() => void) | null;
  ref: Ref<ComposerHandle>;
}

export function Composer({
  conversation,
  type,
  actions,
  find,
  lastInbound,
  attach,
  onSent,
  onClose,
  ref,
}: Props) {
  const { t } = useT();
  const me = useMe();
  const mayReply = useMay('inbox.send');
  const now = useMinute();
  const { id } = conversation;
  const [draft, setDraftState] = useState(() => readDraft(id));
  const field = useRef<HTMLTextAreaElement>(null);
  const { block } = blockOf(conversation, type, mayReply, now);
  const counter = counterOf(draft.text, type?.limits.text);
  const tray = useTray(id);
  const holding = holdingOf(tray);
  const empty = draft.text.trim() === '' && tray.length === 0;
  const typing = useTypingSignal(id, !block && type?.capabilities.typing !== 'refused');

  const setDraft = useCallback(
    (next: { text: string; replyToId: Id | null }) => {
      setDraftState(next);
      writeDraft(id, next);
    },
    [id],
  );
  useImperativeHandle(ref, () => ({
    focus: () => field.current?.focus(),
    replyTo: (messageId) => {
      setDraft({ ...readDraft(id), replyToId: messageId });
      field.current?.focus();
    },
    reload: () => {
      setDraftState(readDraft(id));
      field.current?.focus();
    },
  }));

  // Grows upwards with the text, from two lines to ten.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the text is what changes the height
  useLayoutEffect(() => {
    const el = field.current;
    if (!el) return;
    el.style.height = 'auto';
    el.style.height = `${Math.min(200, Math.max(52, el.scrollHeight))}px`;
  }, [draft.text, block]);

  const blocked = empty || counter.over > 0 || holding !== null;
  const why = empty
    ? t('composer.emptyReason')
    : holding
      ? t(holding.reason === 'faulty' ? 'files.holdFaulty' : 'files.holdUploading', { count: holding.count })
      : t('composer.overReason', { count: counter.over });
  /** The first of several answers what is quoted. */
  const sendAll = (list: { body: SendBody; media?: MediaItem[] }[], text: string) => {
    list.forEach(({ body, media }, i) => {
      const quote = i === 0 && draft.replyToId ? { reply_to_id: draft.replyToId } : {};
      actions.send({ ...body, ...quote }, media);
    });
    setDraft({ text, replyToId: null });
    requestAnimationFrame(onSent);
  };
  const sendBody = (body: SendBody) => sendAll([{ body }], draft.text);
  const send = () => {
    if (blocked) return;
    sendAll(outgoing(takeReady(id), draft.text, type), '');
    field.current?.focus();
  };
  const onPaste = (e: ClipboardEvent) => {
    const files = [...e.clipboardData.files];
    // A table copied from an office program comes as text and as a picture of it; the text is meant.
    if (!attach || files.length === 0 || e.clipboardData.types.includes('text/plain')) return;
    e.preventDefault();
    attach(files);
  };
  const onKeyDown = (e: KeyboardEvent<HTMLTextAreaElement>) => {
    if (e.nativeEvent.isComposing) return;
    if (e.key === 'Enter' && !e.shiftKey && !e.altKey) {
      e.preventDefault();
      send();
    } else if (e.key === 'Escape') {
      e.preventDefault();
      if (draft.replyToId) setDraft({ ...draft, replyToId: null });
      else leaveToList();
    } else if (e.key === 'ArrowUp' && draft.text === '' && type?.capabilities.reply !== false) {
      const last = lastInbound();
      if (!last) return;
      e.preventDefault();
      setDraft({ ...draft, replyToId: last });
    }
  };
  const insert = (emoji: string) => {
    const el = field.current;
    const at = el?.selectionStart ?? draft.text.length;
    const end = el?.selectionEnd ?? at;
    setDraft({ ...draft, text: draft.text.slice(0, at) + emoji + draft.text.slice(end) });
    requestAnimationFrame(() => {
      el?.focus();
      el?.setSelectionRange(at + emoji.length, at + emoji.length);
    });
  };

  if (block) {
    return (
      <ComposerBlocked
        block={block}
        conversation={conversation}
        type={type}
        onSend={sendBody}
        onClose={onClose}
      />
    );
  }
  return (
    <div className="cmp" data-pane>
      <div className="cmp-box">
        <div className="cmp-h">
          <span className="cmp-via">
            <ChannelMark icon={type?.icon} accent={type?.accent} size={14} />
            <span className="ell">
              {t('composer.as', {
                name: isolate(me.user.display_name),
                channel: isolate(conversation.channel.name),
              })}
            </span>
          </span>
          <span className="grow" />
          <WindowChip conversation={conversation} type={type} big />
        </div>
        {draft.replyToId && (
          <ReplyStrip
            message={find(draft.replyToId)}
            onCancel={() => setDraft({ ...draft, replyToId: null })}
          />
        )}
        {tray.length > 0 && (
          <Suspense fallback={null}>
            <Tray items={tray} type={type} />
          </Suspense>
        )}
        <textarea
          id="composer"
          ref={field}
          className="cmp-t"
          dir={draft.text ? 'auto' : undefined}
          rows={2}
          data-pane-focus
          aria-label={t('composer.label')}
          aria-describedby="composer-count"
          aria-invalid={counter.over > 0 || undefined}
          placeholder={t('composer.placeholder')}
          value={draft.text}
          onChange={(e) => {
            setDraft({ ...draft, text: e.currentTarget.value });
            typing();
          }}
          onKeyDown={onKeyDown}
          onPaste={onPaste}
        />
        <OfflineNote />
        <div className="cmp-b">
          <PlusMenu type={type} onSend={sendBody} />
          {attach && <AttachButton type={type} onFiles={attach} />}
          <EmojiButton onPick={insert} />
          <span className="grow" />
          <Counter id="composer-count" counter={counter} />
          <Button
            size="xs"
            className="snd"
            rightSection={<IconCornerDownLeft size={14} className="flip" aria-hidden="true" />}
            data-disabled={blocked || undefined}
            aria-disabled={blocked}
            title={blocked ? why : undefined}
            onClick={send}
          >
            {t('composer.send')}
          </Button>
        </div>
      </div>
    </div>
  );
}

function leaveToList(): void {
  const list = document.querySelector<HTMLElement>('.ib-rows');
  const row =
    list?.querySelector<HTMLElement>('[aria-current="true"]') ?? list?.querySelector<HTMLElement>('a');
  if (row) row.focus();
  else (document.activeElement as HTMLElement | null)?.blur();
}

function ReplyStrip({ message, onCancel }: { message: Message | undefined; onCancel: () => void }) {
  const { t } = useT();
  const text = message ? message.text || t(kindWords[message.kind]) : t('thread.quoteOlder');
  return (
    <div className="cmp-q">
      <span>
        <b>{t('composer.replyTo')}</b>
        <span className="ell" dir="auto">
          {text}
        </span>
      </span>
      <IconButton size={24} label={t('composer.replyCancel')} onClick={onCancel}>
        <IconX size={14} />
      </IconButton>
    </div>
  );
}
