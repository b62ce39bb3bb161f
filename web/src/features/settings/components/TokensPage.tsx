import { Button, Checkbox, Modal, Select, TextInput } from '@mantine/core';
import { IconKey, IconPlus } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useMay, useMe } from '@/features/auth';
import { useTitle } from '@/shared/hooks/useTitle';
import { isolate, useT } from '@/shared/i18n';
import { Chip } from '@/shared/ui/Chip';
import { CopyLine } from '@/shared/ui/CopyLine';
import { PageHead } from '@/shared/ui/PageHead';
import { EmptyState, ErrorState } from '@/shared/ui/states';
import { toast } from '@/shared/ui/toast';
import { createToken, revokeToken, settingsKeys, type Token, type TokenMade, tokensQuery } from '../api';
import { permissionName } from '../model/words';
import { Closed, Confirm, fieldError, Loaded, Stamp, unplaced } from './Parts';

export function TokensPage() {
  const { t } = useT();
  const may = useMay('api_tokens.view');
  useTitle(t('settings.tokens'));
  return may ? <Tokens /> : <Closed title={t('tokens.closed')} />;
}

function Tokens() {
  const { t } = useT();
  const mayEdit = useMay('api_tokens.edit');
  const client = useQueryClient();
  const [making, setMaking] = useState(false);
  const [ending, setEnding] = useState<Token | null>(null);
  const tokens = useQuery(tokensQuery);
  const add = mayEdit && (
    <Button leftSection={<IconPlus size={16} aria-hidden="true" />} onClick={() => setMaking(true)}>
      {t('tokens.add')}
    </Button>
  );
  return (
    <>
      <PageHead
        title={t('settings.tokens')}
        sub={t('tokens.sub')}
        right={tokens.data?.length ? add : undefined}
      />
      <Loaded query={tokens} failed={t('tokens.error')}>
        {(list) =>
          list.length === 0 ? (
            <EmptyState
              art={<IconKey size={32} stroke={1.3} />}
              title={t('tokens.empty')}
              text={t('tokens.emptyText')}
            >
              {add}
            </EmptyState>
          ) : (
            <table className="st-tbl">
              <thead>
                <tr>
                  <th scope="col">{t('tokens.name')}</th>
                  <th scope="col">{t('tokens.may')}</th>
                  <th scope="col">{t('tokens.expires')}</th>
                  <th scope="col">{t('tokens.used')}</th>
                  {mayEdit && (
                    <th scope="col">
                      <span className="vh">{t('members.actions')}</span>
                    </th>
                  )}
                </tr>
              </thead>
              <tbody>
                {list.map((token) => (
                  <Row key={token.id} token={token} mayEdit={mayEdit} onEnd={() => setEnding(token)} />
                ))}
              </tbody>
            </table>
          )
        }
      </Loaded>
      {making && <NewToken onClose={() => setMaking(false)} />}
      {ending && (
        <Confirm
          danger
          title={t('tokens.revokeAsk', { name: isolate(ending.name) })}
          lines={[t('tokens.revokeText'), t('tokens.revokeBack')]}
          keep={t('tokens.keep')}
          act={t('tokens.revokeAct')}
          failed={t('tokens.revokeFailed')}
          run={() => revokeToken(ending.id)}
          onClose={() => setEnding(null)}
          onDone={() => {
            void client.invalidateQueries({ queryKey: settingsKeys.tokens });
            toast({ tone: 'ok', text: t('tokens.revoked', { name: isolate(ending.name) }) });
            setEnding(null);
          }}
        />
      )}
    </>
  );
}

function Row({ token, mayEdit, onEnd }: { token: Token; mayEdit: boolean; onEnd: () => void }) {
  const { t } = useT();
  const over = token.expires_at !== null && Date.parse(token.expires_at) <= Date.now();
  return (
    <tr className={over ? 'off' : undefined}>
      <td>
        <div className="st-two">
          <span>
            <bdi>{token.name}</bdi>
          </span>
          <span className="mut">
            {token.member_id ? t('tokens.by', { name: isolate(token.member_name) }) : t('tokens.byMachine')}
          </span>
        </div>
      </td>
      <td title={token.permissions.map((p) => permissionName(t, p)).join('\n')}>
        {t('tokens.permissions', { count: token.permissions.length })}
      </td>
      <td>
        {over ? (
          <Chip tone="mute">{t('tokens.over')}</Chip>
        ) : token.expires_at ? (
          <Stamp time={token.expires_at} />
        ) : (
          <span className="mut">{t('tokens.never')}</span>
        )}
      </td>
      <td className="sec">
        {token.last_used_at ? (
          <Stamp time={token.last_used_at} />
        ) : (
          <span className="mut">{t('tokens.notUsed')}</span>
        )}
      </td>
      {mayEdit && (
        <td className="st-more">
          <Button
            size="xs"
            variant="default"
            aria-label={t('tokens.revokeOf', { name: isolate(token.name) })}
            onClick={onEnd}
          >
            {t('tokens.revoke')}
          </Button>
        </td>
      )}
    </tr>
  );
}

const lives = ['30', '90', '365', ''] as const;

function NewToken({ onClose }: { onClose: () => void }) {
  const { t } = useT();
  const me = useMe();
  const client = useQueryClient();
  const [made, setMade] = useState<TokenMade | null>(null);
  const [name, setName] = useState('');
  const [days, setDays] = useState<string>('90');
  const [chosen, setChosen] = useState<string[]>([]);
  const [tried, setTried] = useState(false);
  const make = useMutation({
    mutationFn: () =>
      createToken({
        name: name.trim(),
        permissions: chosen,
        expires_at: days ? new Date(Date.now() + Number(days) * 86_400_000).toISOString() : null,
      }),
    onSuccess: (token) => {
      void client.invalidateQueries({ queryKey: settingsKeys.tokens });
      setMade(token);
    },
  });
  const submit = (e: FormEvent) => {
    e.preventDefault();
    setTried(true);
    if (name.trim() && chosen.length > 0 && !make.isPending) make.mutate();
  };
  const lifeNames = {
    '30': t('tokens.days30'),
    '90': t('tokens.days90'),
    '365': t('tokens.days365'),
    '': t('tokens.forever'),
  };
  return (
    <Modal
      opened
      onClose={onClose}
      closeOnClickOutside={!made}
      title={made ? t('tokens.madeTitle') : t('tokens.add')}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      {made ? (
        <div className="frm" role="status">
          <p>{t('tokens.once')}</p>
          <CopyLine label={t('tokens.token')} value={made.token} />
          <div className="frm-b">
            <Button size="xs" data-autofocus onClick={onClose}>
              {t('tokens.stored')}
            </Button>
          </div>
        </div>
      ) : (
        <form className="frm" onSubmit={submit} noValidate>
          <TextInput
            label={t('tokens.name')}
            description={t('tokens.nameHint')}
            data-autofocus
            autoComplete="off"
            value={name}
            error={tried && !name.trim() ? t('tokens.nameMissing') : fieldError(make.error, '/name')}
            onChange={(e) => setName(e.currentTarget.value)}
          />
          <Select
            label={t('tokens.life')}
            data={lives.map((value) => ({ value, label: lifeNames[value] }))}
            value={days}
            error={fieldError(make.error, '/expires_at')}
            onChange={(v) => setDays(v ?? '')}
          />
          <Checkbox.Group
            label={t('tokens.mayDo')}
            description={t('tokens.mayHint')}
            value={chosen}
            error={
              tried && chosen.length === 0 ? t('tokens.mayMissing') : fieldError(make.error, '/permissions')
            }
            onChange={setChosen}
          >
            <div className="st-perms">
              {me.permissions.map((p) => (
                <Checkbox key={p} value={p} label={permissionName(t, p)} />
              ))}
            </div>
          </Checkbox.Group>
          {unplaced(make.error, '/name', '/expires_at', '/permissions') && (
            <ErrorState title={t('tokens.failed')} error={make.error} />
          )}
          <div className="frm-b">
            <Button variant="default" size="xs" onClick={onClose}>
              {t('common.cancel')}
            </Button>
            <Button type="submit" size="xs" aria-disabled={make.isPending}>
              {t('tokens.make')}
            </Button>
          </div>
        </form>
      )}
    </Modal>
  );
}
