import { IconUpload } from '@tabler/icons-react';
import { type DragEvent, type ReactNode, useRef, useState } from 'react';
import { useT } from '@/shared/i18n';

interface Props {
  /** Why nothing can be dropped here; null where it can. */
  refusal: string | null;
  onFiles: (files: File[]) => void;
  className: string;
  label: string;
  children: ReactNode;
}
const holdsFiles = (e: DragEvent) => e.dataTransfer.types.includes('Files');

/** The whole pane takes files; anything else that is dragged over it is none of its business. */
export function DropZone({ refusal, onFiles, className, label, children }: Props) {
  const { t } = useT();
  const [over, setOver] = useState(false);
  // Each element under the hand reports that it was entered and left.
  const depth = useRef(0);
  const end = () => {
    depth.current = 0;
    setOver(false);
  };
  return (
    <section
      className={className}
      aria-label={label}
      onDragEnter={(e) => {
        if (!holdsFiles(e)) return;
        depth.current++;
        setOver(true);
      }}
      onDragLeave={() => {
        if (over && --depth.current <= 0) end();
      }}
      onDragOver={(e) => {
        if (!holdsFiles(e)) return;
        // Even where nothing is taken: or the browser would open the file in place of the app.
        e.preventDefault();
        e.dataTransfer.dropEffect = refusal ? 'none' : 'copy';
      }}
      onDrop={(e) => {
        if (!holdsFiles(e)) return;
        e.preventDefault();
        end();
        if (!refusal) onFiles([...e.dataTransfer.files]);
      }}
    >
      {children}
      {over && (
        <div className={refusal ? 'drop drop-no' : 'drop'}>
          <IconUpload size={28} stroke={1.5} aria-hidden="true" />
          <b>{refusal ?? t('files.drop')}</b>
        </div>
      )}
    </section>
  );
}
