import {
  IconAlertCircle,
  IconChartBar,
  IconHelpCircle,
  IconListDetails,
  IconMapPin,
  IconMoodSmile,
  IconNote,
  IconTemplate,
  IconUser,
  type TablerIcon,
} from '@tabler/icons-react';
import type { MessageKind } from '@/api/types';
import { fileIcons, fileWords } from '@/features/files';
import type { Key } from '@/shared/i18n';

/** A word for each kind, where there is no text to show. */
export const kindWords: Record<MessageKind | 'voice', Key> = {
  text: 'kind.text',
  ...fileWords,
  location: 'kind.location',
  contacts: 'kind.contacts',
  interactive: 'kind.interactive',
  template: 'kind.template',
  reaction: 'kind.reaction',
  poll: 'kind.poll',
  note: 'kind.note',
  event: 'kind.event',
  unsupported: 'kind.unsupported',
};
export const kindIcons: Partial<Record<MessageKind | 'voice', TablerIcon>> = {
  ...fileIcons,
  location: IconMapPin,
  contacts: IconUser,
  interactive: IconListDetails,
  template: IconTemplate,
  reaction: IconMoodSmile,
  note: IconNote,
  unsupported: IconHelpCircle,
  poll: IconChartBar,
  event: IconAlertCircle,
};
