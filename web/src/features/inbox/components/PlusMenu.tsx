import {
  IconChartBar,
  IconListDetails,
  IconMapPin,
  IconPlus,
  IconSquares,
  IconTemplate,
  IconUser,
  type TablerIcon,
} from '@tabler/icons-react';
import { type ComponentType, lazy, Suspense, useState } from 'react';
import type { ChannelType, MessageKind, SendBody, TypeLimits } from '@/api/types';
import { type Key, useT } from '@/shared/i18n';
import { IconButton } from '@/shared/ui/IconButton';

export interface FormProps {
  limits: TypeLimits;
  onSend: (body: SendBody) => void;
  onClose: () => void;
}
export interface Entry {
  id: string;
  key: Key;
  icon: TablerIcon;
  kind: MessageKind;
  offered: (limits: TypeLimits) => boolean;
  form: ComponentType<FormProps>;
}
const PlusItems = lazy(() => import('./PlusItems'));

const always = () => true;
const entries: Entry[] = [
  {
    id: 'location',
    key: 'plus.location',
    icon: IconMapPin,
    kind: 'location',
    offered: always,
    form: lazy(() => import('./forms/LocationForm')),
  },
  {
    id: 'contact',
    key: 'plus.contact',
    icon: IconUser,
    kind: 'contacts',
    offered: always,
    form: lazy(() => import('./forms/ContactForm')),
  },
  {
    id: 'buttons',
    key: 'plus.buttons',
    icon: IconSquares,
    kind: 'interactive',
    offered: (l) => (l.buttons ?? 0) > 0,
    form: lazy(() => import('./forms/ButtonsForm')),
  },
  {
    id: 'list',
    key: 'plus.list',
    icon: IconListDetails,
    kind: 'interactive',
    offered: (l) => (l.list_rows ?? 0) > 0,
    form: lazy(() => import('./forms/ListForm')),
  },
  {
    id: 'poll',
    key: 'plus.poll',
    icon: IconChartBar,
    kind: 'poll',
    offered: always,
    form: lazy(() => import('./forms/PollForm')),
  },
  {
    id: 'template',
    key: 'plus.template',
    icon: IconTemplate,
    kind: 'template',
    offered: always,
    form: lazy(() => import('./forms/TemplateForm')),
  },
];

/** What else can be sent. Kinds that the platform refuses are absent. */
export function PlusMenu({
  type,
  onSend,
}: {
  type: ChannelType | undefined;
  onSend: (body: SendBody) => void;
}) {
  const { t } = useT();
  const [open, setOpen] = useState<string | null>(null);
  const [wanted, setWanted] = useState(false);
  const limits = type?.limits ?? {};
  const kinds = type?.capabilities.kinds ?? {};
  const offered = entries.filter((e) => kinds[e.kind] && kinds[e.kind] !== 'refused' && e.offered(limits));
  if (offered.length === 0) return null;
  const Form = offered.find((e) => e.id === open)?.form;
  const close = () => setOpen(null);
  const button = (
    <IconButton
      label={t('plus.label')}
      aria-haspopup="menu"
      onClick={wanted ? undefined : () => setWanted(true)}
    >
      <IconPlus size={18} stroke={1.7} />
    </IconButton>
  );
  return (
    <>
      {wanted ? (
        <Suspense fallback={button}>
          <PlusItems entries={offered} onPick={setOpen} target={button} />
        </Suspense>
      ) : (
        button
      )}
      {Form && (
        <Suspense fallback={null}>
          <Form
            limits={limits}
            onClose={close}
            onSend={(body) => {
              onSend(body);
              close();
            }}
          />
        </Suspense>
      )}
    </>
  );
}
