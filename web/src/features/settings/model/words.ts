import type { Key, Translate } from '@/shared/i18n';
import type { Role, RoleList } from '../api';

export const roles: Role[] = ['administrator', 'supervisor', 'agent'];
const roleKeys: Record<string, Key> = {
  administrator: 'role.administrator',
  supervisor: 'role.supervisor',
  agent: 'role.agent',
};
const roleTexts: Record<string, Key> = {
  administrator: 'role.administratorText',
  supervisor: 'role.supervisorText',
  agent: 'role.agentText',
};
const scopeKeys: Record<string, Key> = { all: 'scope.all', team: 'scope.team', own: 'scope.own' };
const permissionKeys: Record<string, Key> = {
  'api_tokens.edit': 'perm.api_tokens.edit',
  'api_tokens.view': 'perm.api_tokens.view',
  'audit.export': 'perm.audit.export',
  'audit.view': 'perm.audit.view',
  'channels.edit': 'perm.channels.edit',
  'channels.view': 'perm.channels.view',
  'contacts.delete': 'perm.contacts.delete',
  'contacts.edit': 'perm.contacts.edit',
  'contacts.view': 'perm.contacts.view',
  'enquiries.delete': 'perm.enquiries.delete',
  'enquiries.edit': 'perm.enquiries.edit',
  'enquiries.view': 'perm.enquiries.view',
  'inbox.delete': 'perm.inbox.delete',
  'inbox.send': 'perm.inbox.send',
  'inbox.view': 'perm.inbox.view',
  'media.edit': 'perm.media.edit',
  'media.view': 'perm.media.view',
  'settings.edit': 'perm.settings.edit',
  'settings.view': 'perm.settings.view',
  'sources.edit': 'perm.sources.edit',
  'sources.view': 'perm.sources.view',
  'staff.edit': 'perm.staff.edit',
  'staff.view': 'perm.staff.view',
  'webhooks.edit': 'perm.webhooks.edit',
  'webhooks.view': 'perm.webhooks.view',
};
const actionKeys: Record<string, Key> = {
  'api_token.create': 'act.tokenCreate',
  'api_token.revoke': 'act.tokenRevoke',
  'audit_log.export': 'act.auditExport',
  'channel.create': 'act.channelCreate',
  'channel.update': 'act.channelUpdate',
  'channel.delete': 'act.channelDelete',
  'channel.validate': 'act.channelValidate',
  'channel.subscribe': 'act.channelSubscribe',
  'channel.unsubscribe': 'act.channelUnsubscribe',
  'channel.test_message': 'act.channelTest',
  'contact.delete': 'act.contactDelete',
  'conversation.delete': 'act.conversationDelete',
  'enquiry.delete': 'act.enquiryDelete',
  'message.delete': 'act.messageDelete',
  'invitation.create': 'act.invitationCreate',
  'invitation.accept': 'act.invitationAccept',
  'invitation.revoke': 'act.invitationRevoke',
  'member.create': 'act.memberCreate',
  'member.update': 'act.memberUpdate',
  'member.deactivate': 'act.memberDeactivate',
  'member.reactivate': 'act.memberReactivate',
  'member.remove': 'act.memberRemove',
  'member.reset_password': 'act.memberReset',
  'organization.update': 'act.organizationUpdate',
  'session.revoke': 'act.sessionRevoke',
  'source.reveal': 'act.sourceReveal',
  'source.delete': 'act.sourceDelete',
  'team.create': 'act.teamCreate',
  'team.update': 'act.teamUpdate',
  'team.delete': 'act.teamDelete',
  'webhook_event.replay': 'act.webhookReplay',
};
const objectKeys: Record<string, Key> = {
  audit_log: 'obj.auditLog',
  contact: 'obj.contact',
  conversation: 'obj.conversation',
  enquiry: 'obj.enquiry',
  message: 'obj.message',
  channel: 'obj.channel',
  source: 'obj.source',
  member: 'obj.member',
  invitation: 'obj.invitation',
  api_token: 'obj.token',
  organization: 'obj.organization',
  session: 'obj.session',
  team: 'obj.team',
  webhook_event: 'obj.webhook',
};
const resultKeys: Record<string, Key> = {
  success: 'login.success',
  failure: 'login.failure',
  password_changed: 'login.passwordChanged',
  password_reset: 'login.passwordReset',
};

/** What the server names and this version does not know yet is shown by its own name. */
const word = (map: Record<string, Key>) => (t: Translate, name: string) => {
  const key = map[name];
  return key ? t(key as 'role.agent') : name;
};
export const roleName = word(roleKeys);
export const roleText = word(roleTexts);
export const scopeName = word(scopeKeys);
export const permissionName = word(permissionKeys);
export const actionName = word(actionKeys);
export const objectName = word(objectKeys);
export const resultName = word(resultKeys);
/** What somebody gains and loses by another role, one line each. */
export function roleChange(t: Translate, list: RoleList | undefined, from: string, to: string): string[] {
  const was = list?.roles.find((r) => r.name === from);
  const next = list?.roles.find((r) => r.name === to);
  if (!was || !next) return [];
  const gained = next.permissions.filter((p) => !was.permissions.includes(p));
  const lost = was.permissions.filter((p) => !next.permissions.includes(p));
  const names = (ps: string[]) => ps.map((p) => permissionName(t, p)).join(t('teams.comma'));
  return [
    ...(gained.length ? [t('members.roleGains', { what: names(gained) })] : []),
    ...(lost.length ? [t('members.roleLoses', { what: names(lost) })] : []),
    ...(was.scope === next.scope
      ? []
      : [t('members.roleSees', { from: scopeName(t, was.scope), to: scopeName(t, next.scope) })]),
  ];
}
export const actions = Object.keys(actionKeys);
export const objects = Object.keys(objectKeys);

/** "Firefox on Windows" from what the browser calls itself; the whole text when it says nothing known. */
export function deviceName(agent: string): string {
  const browser = [
    ['Edg/', 'Edge'],
    ['OPR/', 'Opera'],
    ['Firefox/', 'Firefox'],
    ['Chrome/', 'Chrome'],
    ['Safari/', 'Safari'],
  ].find(([mark]) => mark && agent.includes(mark))?.[1];
  const system = [
    ['Android', 'Android'],
    ['iPhone', 'iPhone'],
    ['iPad', 'iPad'],
    ['Windows', 'Windows'],
    ['Mac OS', 'macOS'],
    ['Linux', 'Linux'],
  ].find(([mark]) => mark && agent.includes(mark))?.[1];
  return browser && system ? `${browser} · ${system}` : agent || '–';
}

/** Values of an audit entry as one line each. */
export function shown(value: unknown): string {
  if (value === null || value === undefined || value === '') return '–';
  if (Array.isArray(value)) return value.map(shown).join(', ');
  if (typeof value === 'object') {
    return Object.entries(value)
      .map(([k, v]) => `${k}: ${shown(v)}`)
      .join(', ');
  }
  return String(value);
}
