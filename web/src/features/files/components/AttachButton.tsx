import { IconPaperclip } from '@tabler/icons-react';
import { useRef } from 'react';
import type { ChannelType } from '@/api/types';
import { useT } from '@/shared/i18n';
import { IconButton } from '@/shared/ui/IconButton';
import { acceptOf, takesFiles } from '../model/kinds';

interface Props {
  type: ChannelType | undefined;
  onFiles: (files: File[]) => void;
}
export function AttachButton({ type, onFiles }: Props) {
  const { t } = useT();
  const input = useRef<HTMLInputElement>(null);
  if (!takesFiles(type)) return null;
  return (
    <>
      <IconButton label={t('files.attach')} onClick={() => input.current?.click()}>
        <IconPaperclip size={18} stroke={1.7} />
      </IconButton>
      <input
        ref={input}
        type="file"
        hidden
        multiple
        accept={acceptOf(type)}
        data-testid="attach"
        onChange={(e) => {
          onFiles([...(e.currentTarget.files ?? [])]);
          // Or the same file could not be chosen twice in a row.
          e.currentTarget.value = '';
        }}
      />
    </>
  );
}
