import { Drawer } from '@mantine/core';
import type { ReactNode } from 'react';
import { useT } from '@/shared/i18n';

/** The side panel between phone and wide screen; not modal, the conversation stays in use. */
export default function PanelDrawer({ onClose, children }: { onClose: () => void; children: ReactNode }) {
  const { t } = useT();
  return (
    <Drawer
      opened
      onClose={onClose}
      size={340}
      position="right"
      title={t('panel.label')}
      closeButtonProps={{ 'aria-label': t('common.close') }}
      withOverlay={false}
      lockScroll={false}
      trapFocus={false}
      padding={0}
    >
      {children}
    </Drawer>
  );
}
