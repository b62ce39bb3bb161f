import { IconHeadset } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { type ReactNode, Suspense } from 'react';
import type { ChannelType, Conversation, EnquiryStatus, Identity } from '@/api/types';
import { useMay, useMe } from '@/features/auth';
import { useChannelTypes } from '@/features/channels';
import { FilesSection } from '@/features/files';
import { type Key, useT } from '@/shared/i18n';
import { dateMinute } from '@/shared/lib/format';
import { Avatar } from '@/shared/ui/Avatar';
import { ChannelMark } from '@/shared/ui/ChannelMark';
import { Chip, type Tone } from '@/shared/ui/Chip';
import { Bar, ErrorState, Skeletons } from '@/shared/ui/states';
import { useContact } from '../hooks/queries';

const statusLooks: Record<EnquiryStatus, [Key, Tone]> = {
  open: ['enquiry.open', 'note'],
  ongoing: ['enquiry.ongoing', 'ok'],
  missed: ['enquiry.missed', 'err'],
  followed_up: ['enquiry.followedUp', 'info'],
  closed: ['enquiry.closed', 'mute'],
};

function Section({ title, right, children }: { title: string; right?: ReactNode; children: ReactNode }) {
  return (
    <section className="sec-b">
      <h3>
        {title}
        <span className="grow" />
        {right}
      </h3>
      {children}
    </section>
  );
}

interface Props {
  conversation: Conversation;
  name: string;
  type: ChannelType | undefined;
}
export function SidePanel({ conversation: c, name, type }: Props) {
  const { t, language } = useT();
  const me = useMe();
  const mayChannels = useMay('channels.view');
  const mayFiles = useMay('media.view');
  const enquiry = c.enquiry;
  const look = enquiry ? statusLooks[enquiry.status] : null;
  return (
    <>
      <div className="sp-top">
        <Avatar name={name} size={44} />
        <div>
          <b>
            <bdi>{name}</bdi>
          </b>
          <span>{c.contact.kind === 'group' ? t('contact.group') : t('contact.person')}</span>
        </div>
      </div>
      <Section
        title={t('enquiry.title')}
        right={
          look && (
            <Chip tone={look[1]} icon={IconHeadset}>
              {t(look[0])}
            </Chip>
          )
        }
      >
        {enquiry ? (
          <dl className="dl">
            <dt>{t('enquiry.number')}</dt>
            <dd>
              <bdi dir="ltr">{enquiry.number}</bdi>
            </dd>
            <dt>{t('enquiry.owner')}</dt>
            <dd>
              {c.owner ? (
                <>
                  <Avatar name={c.owner.name} size={18} />
                  <bdi className="ell">{c.owner_id === me.member.id ? t('common.you') : c.owner.name}</bdi>
                </>
              ) : (
                t('enquiry.nobody')
              )}
            </dd>
            <dt>{t('enquiry.opened')}</dt>
            <dd>{dateMinute(enquiry.created_at, language)}</dd>
          </dl>
        ) : (
          <p className="mut">{t('enquiry.none')}</p>
        )}
      </Section>
      <ContactSection contactId={c.contact_id} />
      {mayFiles && (
        <Section title={t('files.title')}>
          <Suspense fallback={null}>
            <FilesSection conversationId={c.id} />
          </Suspense>
        </Section>
      )}
      <Section title={t('panel.channel')}>
        <dl className="dl">
          <dt>{t('panel.channelName')}</dt>
          <dd>
            <ChannelMark icon={type?.icon} accent={type?.accent} size={18} soft />
            {mayChannels ? (
              <Link to="/channels/$channelId" params={{ channelId: c.channel_id }} className="lnk ell">
                <bdi>{c.channel.name}</bdi>
              </Link>
            ) : (
              <bdi className="ell">{c.channel.name}</bdi>
            )}
          </dd>
          <dt>{t('panel.channelType')}</dt>
          <dd>{type?.name ?? c.channel.type}</dd>
        </dl>
      </Section>
    </>
  );
}

const kindWords: Record<string, Key> = {
  phone: 'identity.phone',
  handle: 'identity.username',
  email: 'identity.email',
  group: 'identity.group',
  scoped_id: 'identity.userId',
  parent_id: 'identity.userId',
  external_user: 'identity.userId',
};
/** Platforms give numbers as bare digits; people know them with the plus. */
const shownAddress = ({ kind, address }: Identity) =>
  kind === 'phone' && /^\d+$/.test(address) ? `+${address}` : address;

function ContactSection({ contactId }: { contactId: string }) {
  const { t, language } = useT();
  const { byType } = useChannelTypes();
  const { data, error, isPending, refetch } = useContact(contactId);
  return (
    <Section title={t('contact.title')}>
      {isPending ? (
        <Skeletons rows={2}>
          {(i) => (
            <div key={i} className="dl-sk">
              <Bar width={70} />
              <Bar width={140} />
            </div>
          )}
        </Skeletons>
      ) : error ? (
        <ErrorState title={t('contact.error')} error={error} retry={() => void refetch()} />
      ) : (
        <dl className="dl">
          {data.identities.map((identity) => {
            const d = byType.get(identity.type);
            const word = kindWords[identity.kind];
            return (
              <div key={identity.id} className="dl-r">
                <dt>{word ? t(word) : t('identity.address')}</dt>
                <dd>
                  <ChannelMark icon={d?.icon} accent={d?.accent} label={d?.name ?? identity.type} size={16} />
                  <bdi dir="ltr" className="ell" title={identity.address}>
                    {shownAddress(identity)}
                  </bdi>
                </dd>
              </div>
            );
          })}
          {data.language && (
            <div className="dl-r">
              <dt>{t('contact.language')}</dt>
              <dd>{languageName(data.language, language)}</dd>
            </div>
          )}
          <div className="dl-r">
            <dt>{t('contact.since')}</dt>
            <dd>{dateMinute(data.created_at, language)}</dd>
          </div>
        </dl>
      )}
    </Section>
  );
}
function languageName(code: string, language: string): string {
  try {
    return new Intl.DisplayNames([language], { type: 'language' }).of(code) ?? code;
  } catch {
    return code;
  }
}
