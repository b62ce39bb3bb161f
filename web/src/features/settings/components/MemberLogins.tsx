import { Button, Modal } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { isolate, useT } from '@/shared/i18n';
import { Chip } from '@/shared/ui/Chip';
import { ErrorState } from '@/shared/ui/states';
import { fetchMemberLogins, type Member, settingsKeys } from '../api';
import { deviceName, resultName } from '../model/words';
import { RowBars, Stamp } from './Parts';

/** When and from where a member signed in, or tried to. */
export function MemberLogins({ member, onClose }: { member: Member; onClose: () => void }) {
  const { t } = useT();
  const { data, error, isPending, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } =
    useInfiniteQuery({
      queryKey: settingsKeys.memberLogins(member.id),
      queryFn: ({ pageParam, signal }) => fetchMemberLogins(member.id, pageParam, signal),
      initialPageParam: null as string | null,
      getNextPageParam: (page) => page.next,
      staleTime: 0,
    });
  const rows = data?.pages.flatMap((p) => p.items) ?? [];
  return (
    <Modal
      opened
      onClose={onClose}
      size="lg"
      title={t('logins.of', { name: isolate(member.name) })}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <p className="sec">{t('logins.sub')}</p>
      {isPending ? (
        <RowBars />
      ) : error && !data ? (
        <ErrorState title={t('logins.error')} error={error} retry={() => void refetch()} />
      ) : rows.length === 0 ? (
        <p className="sec">{t('logins.empty')}</p>
      ) : (
        <ul className="st-lines">
          {rows.map((l) => (
            <li key={l.id}>
              <span className="st-when">
                <Stamp time={l.at} />
              </span>
              <Chip tone={l.result === 'failure' ? 'warn' : 'mute'}>{resultName(t, l.result)}</Chip>
              <bdi dir="ltr" className="mut">
                {l.address}
              </bdi>
              <bdi className="mut">{deviceName(l.device)}</bdi>
            </li>
          ))}
        </ul>
      )}
      {hasNextPage && (
        <Button
          variant="default"
          size="xs"
          aria-disabled={isFetchingNextPage}
          onClick={() => !isFetchingNextPage && void fetchNextPage()}
        >
          {t('audit.more')}
        </Button>
      )}
    </Modal>
  );
}
