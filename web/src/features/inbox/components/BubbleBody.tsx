import { IconCheck, IconExternalLink, IconTemplate, IconUser } from '@tabler/icons-react';
import type { Message } from '@/api/types';
import { MediaBody } from '@/features/files';
import { directionOf, useT } from '@/shared/i18n';
import { kindWords } from './kinds';
import { MapTile } from './MapTile';
import { Poll } from './Poll';
import { buttonsOf, cardsOf, headOf, num, sectionsOf, str, templateValues } from './payload';
import { directionOfText, richText } from './richText';
import { useThread } from './threadContext';

interface Props {
  message: Message;
  picked: string | null;
  onRaw: () => void;
}

function Text({ text }: { text: string }) {
  const { language } = useT();
  // The time stands at the end of the page's direction; text of the other one would begin under it.
  const opposed = directionOfText(text, directionOf(language)) !== directionOf(language);
  return (
    <div className={opposed ? 'b-txt b-opp' : 'b-txt'} dir="auto">
      {richText(text)}
    </div>
  );
}

function Location({ message }: { message: Message }) {
  const { t } = useT();
  const lat = num(message.payload, 'latitude');
  const lng = num(message.payload, 'longitude');
  if (lat === null || lng === null) return <Text text={message.text || t('kind.location')} />;
  const name = str(message.payload, 'name') || t('kind.location');
  const address = str(message.payload, 'address');
  const place = `${lat.toFixed(5)}, ${lng.toFixed(5)}`;
  return (
    <a
      className="b-loc"
      href={`https://www.openstreetmap.org/?mlat=${lat}&mlon=${lng}#map=16/${lat}/${lng}`}
      target="_blank"
      rel="noopener noreferrer"
      aria-label={t('location.open', { name })}
    >
      <MapTile />
      <span className="b-loc-t">
        <b dir="auto">{name}</b>
        <small>
          {address ? <span dir="auto">{address}</span> : <bdi dir="ltr">{place}</bdi>}
          <IconExternalLink size={12} aria-hidden="true" />
        </small>
      </span>
    </a>
  );
}

function Contacts({ message }: { message: Message }) {
  const { t } = useT();
  return (
    <>
      {cardsOf(message.payload).map((card, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: cards never move within a message
        <div key={i} className="b-card">
          <span className="fi">
            <IconUser size={18} stroke={1.6} aria-hidden="true" />
          </span>
          <span>
            <b dir="auto">{card.name || t('contact.unknown')}</b>
            {card.company && <small dir="auto">{card.company}</small>}
            {[...card.phones, ...card.emails].map((line) => (
              <small key={line}>
                <bdi dir="ltr">{line}</bdi>
              </small>
            ))}
          </span>
        </div>
      ))}
      {message.text && <Text text={message.text} />}
    </>
  );
}

function Choices({ message, picked }: { message: Message; picked: string | null }) {
  const { t } = useT();
  const p = message.payload;
  const header = headOf(p, 'header');
  const footer = headOf(p, 'footer');
  const mark = <IconCheck size={13} stroke={2.4} aria-label={t('interactive.chosen')} />;
  return (
    <div className="b-tpl">
      {header && <b dir="auto">{header}</b>}
      <div dir="auto" className="b-pre">
        {richText(message.text ?? '')}
      </div>
      {footer && <small dir="auto">{footer}</small>}
      {str(p, 'type') === 'list' ? (
        <div className="b-list">
          <span className="b-list-h" dir="auto">
            {str(p, 'button')}
          </span>
          {sectionsOf(p).map((s) => (
            <div key={s.title}>
              {s.title && <small dir="auto">{s.title}</small>}
              {s.rows.map((r) => (
                <span key={r.id} className={r.id === picked ? 'b-li pick' : 'b-li'} dir="auto">
                  {r.id === picked && mark}
                  <span>
                    {r.title}
                    {r.description && <small>{r.description}</small>}
                  </span>
                </span>
              ))}
            </div>
          ))}
        </div>
      ) : (
        <div className="b-btns">
          {buttonsOf(p).map((b) => (
            <span key={b.id || b.title} className={b.id === picked ? 'pick' : ''} dir="auto">
              {b.id === picked && mark}
              {b.title}
            </span>
          ))}
        </div>
      )}
    </div>
  );
}

function Answer({ message }: { message: Message }) {
  const { t } = useT();
  const title = str(message.payload, 'title') || message.text || '';
  const description = str(message.payload, 'description');
  return (
    <div className="b-ans">
      <small>
        <IconCheck size={13} stroke={2.2} aria-hidden="true" />
        {t('interactive.answer')}
      </small>
      <Text text={title} />
      {description && <small dir="auto">{description}</small>}
    </div>
  );
}

function Template({ message }: { message: Message }) {
  const values = templateValues(message.payload);
  return (
    <div className="b-tpl">
      <span className="b-kind">
        <IconTemplate size={13} aria-hidden="true" />
        <bdi dir="ltr">
          {str(message.payload, 'name')} {str(message.payload, 'language')}
        </bdi>
      </span>
      {message.text ? <Text text={message.text} /> : values.length > 0 && <Text text={values.join(' · ')} />}
    </div>
  );
}

export function BubbleBody({ message: m, picked, onRaw }: Props) {
  const { t } = useT();
  const { files } = useThread();
  if (m.deleted_at) return <div className="b-txt mut">{t('thread.deleted')}</div>;
  switch (m.kind) {
    case 'text':
    case 'note':
      return <Text text={m.text ?? ''} />;
    case 'image':
    case 'audio':
    case 'video':
    case 'document':
    case 'sticker':
      return (
        <>
          <MediaBody message={m} acts={files} />
          {m.text && <Text text={m.text} />}
        </>
      );
    case 'location':
      return <Location message={m} />;
    case 'contacts':
      return <Contacts message={m} />;
    case 'interactive':
      return m.direction === 'inbound' ? <Answer message={m} /> : <Choices message={m} picked={picked} />;
    case 'poll':
      return <Poll message={m} />;
    case 'template':
      return <Template message={m} />;
    default:
      return (
        <div className="b-txt">
          {t('thread.unsupported', { kind: str(m.payload, 'type') || t(kindWords[m.kind]) })}{' '}
          <button type="button" className="lnk" onClick={onRaw}>
            {t('thread.raw')}
          </button>
        </div>
      );
  }
}
