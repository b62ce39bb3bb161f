export { AuditPage } from './components/AuditPage';
export { MembersPage } from './components/MembersPage';
export { OrganizationPage } from './components/OrganizationPage';
export { ProfilePage } from './components/ProfilePage';
export { SettingsLayout } from './components/SettingsLayout';
export { TeamsPage } from './components/TeamsPage';
export { TokensPage } from './components/TokensPage';
