import { Button, Menu } from '@mantine/core';
import { IconAlertTriangle, IconCheck, IconDownload, IconShieldCheck } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { useMay } from '@/features/auth';
import { useT } from '@/shared/i18n';
import { auditExportUrl, verifyAudit } from '../api';

/** Takes the record out, and proves that nobody touched it. */
export function AuditTools() {
  const { t } = useT();
  const mayExport = useMay('audit.export');
  const verify = useMutation({ mutationFn: verifyAudit });
  const { data, error, isPending } = verify;
  return (
    <div className="st-tools">
      <div className="st-verdict" role="status">
        {isPending ? (
          <span className="mut">{t('audit.verifying')}</span>
        ) : error ? (
          <span className="st-bad">
            <IconAlertTriangle size={16} aria-hidden="true" />
            {t('audit.verifyError')}
          </span>
        ) : data?.ok ? (
          <span className="st-good">
            <IconCheck size={16} aria-hidden="true" />
            {t('audit.proven', { count: data.entries })}
          </span>
        ) : data ? (
          <span className="st-bad">
            <IconAlertTriangle size={16} aria-hidden="true" />
            <span>
              <strong>{t('audit.broken')}</strong> {t('audit.brokenText', { problem: data.problem ?? '' })}
            </span>
          </span>
        ) : null}
      </div>
      <Button
        size="xs"
        variant="default"
        leftSection={<IconShieldCheck size={16} aria-hidden="true" />}
        aria-disabled={isPending}
        onClick={() => !isPending && verify.mutate()}
      >
        {t('audit.verify')}
      </Button>
      {mayExport && (
        <Menu position="bottom-end" withinPortal>
          <Menu.Target>
            <Button size="xs" variant="default" leftSection={<IconDownload size={16} aria-hidden="true" />}>
              {t('audit.export')}
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item component="a" href={auditExportUrl('csv')} download>
              {t('audit.exportCsv')}
            </Menu.Item>
            <Menu.Item component="a" href={auditExportUrl('json')} download>
              {t('audit.exportJson')}
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      )}
    </div>
  );
}
