import { useT } from '@/shared/i18n';
import { Jacks } from '@/shared/ui/Logo';
import { EmptyState } from '@/shared/ui/states';
import { useCounts } from '../hooks/queries';

export function NothingChosen() {
  const { t } = useT();
  const { data } = useCounts();
  const figures = data
    ? [
        t('inbox.figureMine', { count: data.mine }),
        t('inbox.figureWaiting', { count: data.waiting }),
        t('inbox.figureMissed', { count: data.missed }),
      ]
    : [];
  return (
    <section className="ib-t ib-none" aria-label={t('inbox.conversation')}>
      <EmptyState art={<Jacks on />} title={t('inbox.choose')} text={figures.join(' · ')} />
      <dl className="ib-keys">
        <dt>
          <kbd className="key">J</kbd> <kbd className="key">K</kbd>
        </dt>
        <dd>{t('keys.walk')}</dd>
        <dt>
          <kbd className="key">Enter</kbd>
        </dt>
        <dd>{t('keys.open')}</dd>
        <dt>
          <kbd className="key">?</kbd>
        </dt>
        <dd>{t('keys.help')}</dd>
      </dl>
    </section>
  );
}
