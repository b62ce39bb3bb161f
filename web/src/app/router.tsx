import type { QueryClient } from '@tanstack/react-query';
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from '@tanstack/react-router';
import { Problem } from '@/api/http';
import type { InboxTab } from '@/api/types';
import { meQuery } from '@/features/auth';
import { isTab } from '@/features/inbox';
import { setOrganizationId } from '@/shared/lib/organization';
import { NotFound, RouteError } from './RouteError';
import { Shell } from './shell/Shell';

const root = createRootRouteWithContext<{ queryClient: QueryClient }>()({ component: Outlet });

const loginRoute = createRoute({
  getParentRoute: () => root,
  path: '/login',
  validateSearch: (search: Record<string, unknown>): { to?: string } => ({
    to: typeof search.to === 'string' ? search.to : undefined,
  }),
  component: lazyRouteComponent(() => import('@/features/auth/LoginPage'), 'LoginPage'),
});

const chooseRoute = createRoute({
  getParentRoute: () => root,
  path: '/organizations',
  validateSearch: (search: Record<string, unknown>): { to?: string } => ({
    to: typeof search.to === 'string' ? search.to : undefined,
  }),
  component: lazyRouteComponent(() => import('@/features/auth/ChoosePage'), 'ChoosePage'),
});

const appRoute = createRoute({
  getParentRoute: () => root,
  id: 'app',
  beforeLoad: async ({ context, location }) => {
    try {
      await context.queryClient.ensureQueryData(meQuery);
    } catch (error) {
      if (error instanceof Problem && error.status === 401) {
        throw redirect({ to: '/login', search: { to: location.href === '/' ? undefined : location.href } });
      }
      // Several organizations and none chosen, or one he no longer belongs to.
      if (error instanceof Problem && (error.code === 'organization_required' || error.status === 404)) {
        setOrganizationId(null);
        throw redirect({
          to: '/organizations',
          search: { to: location.href === '/' ? undefined : location.href },
        });
      }
      throw error;
    }
  },
  component: Shell,
  errorComponent: RouteError,
});

const indexRoute = createRoute({
  getParentRoute: () => appRoute,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/inbox' });
  },
});

const inboxRoute = createRoute({
  getParentRoute: () => appRoute,
  path: '/inbox',
  validateSearch: (search: Record<string, unknown>): { tab?: InboxTab; panel?: boolean } => ({
    tab: isTab(search.tab) ? search.tab : undefined,
    panel: search.panel === true ? true : undefined,
  }),
  component: lazyRouteComponent(() => import('@/features/inbox/routes'), 'InboxPage'),
});
/* The page itself draws all panes; the child only names which conversation is open. */
const conversationRoute = createRoute({ getParentRoute: () => inboxRoute, path: '/$conversationId' });

const channelsRoute = createRoute({
  getParentRoute: () => appRoute,
  path: '/channels',
  component: lazyRouteComponent(() => import('@/features/channels/routes'), 'ChannelsPage'),
});
const newChannelRoute = createRoute({
  getParentRoute: () => appRoute,
  path: '/channels/new',
  validateSearch: (search: Record<string, unknown>): { type?: string } => ({
    type: typeof search.type === 'string' ? search.type : undefined,
  }),
  component: lazyRouteComponent(() => import('@/features/channels/routes'), 'NewChannelPage'),
});
const channelTabs = ['overview', 'source', 'log', 'deliveries', 'developer'] as const;
const channelRoute = createRoute({
  getParentRoute: () => appRoute,
  path: '/channels/$channelId',
  validateSearch: (
    search: Record<string, unknown>,
  ): { tab?: (typeof channelTabs)[number]; outcome?: string } => ({
    tab: channelTabs.find((t) => t === search.tab),
    outcome: typeof search.outcome === 'string' ? search.outcome : undefined,
  }),
  component: lazyRouteComponent(() => import('@/features/channels/routes'), 'ChannelPage'),
});

const settingsRoute = createRoute({
  getParentRoute: () => appRoute,
  path: '/settings',
  component: lazyRouteComponent(() => import('@/features/settings/routes'), 'SettingsLayout'),
});
const settingsIndexRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/settings/profile' });
  },
});
const profileRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: 'profile',
  component: lazyRouteComponent(() => import('@/features/settings/routes'), 'ProfilePage'),
});
const organizationRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: 'organization',
  component: lazyRouteComponent(() => import('@/features/settings/routes'), 'OrganizationPage'),
});
const membersRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: 'members',
  component: lazyRouteComponent(() => import('@/features/settings/routes'), 'MembersPage'),
});
const teamsRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: 'teams',
  component: lazyRouteComponent(() => import('@/features/settings/routes'), 'TeamsPage'),
});
const tokensRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: 'tokens',
  component: lazyRouteComponent(() => import('@/features/settings/routes'), 'TokensPage'),
});
const auditRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: 'audit',
  validateSearch: (
    search: Record<string, unknown>,
  ): { who?: string; what?: string; about?: string; days?: string } => {
    const word = (v: unknown) => (/^[\w.-]+$/.test(String(v ?? '')) ? String(v) : undefined);
    return {
      who: word(search.who),
      what: word(search.what),
      about: word(search.about),
      days: word(search.days),
    };
  },
  component: lazyRouteComponent(() => import('@/features/settings/routes'), 'AuditPage'),
});

const inviteRoute = createRoute({
  getParentRoute: () => root,
  path: '/invite',
  component: lazyRouteComponent(() => import('@/features/auth/InvitePage'), 'InvitePage'),
});
const forgotRoute = createRoute({
  getParentRoute: () => root,
  path: '/forgot-password',
  component: lazyRouteComponent(() => import('@/features/auth/ForgotPage'), 'ForgotPage'),
});
const resetRoute = createRoute({
  getParentRoute: () => root,
  path: '/reset-password',
  component: lazyRouteComponent(() => import('@/features/auth/ResetPage'), 'ResetPage'),
});

const tree = root.addChildren([
  loginRoute,
  chooseRoute,
  inviteRoute,
  forgotRoute,
  resetRoute,
  appRoute.addChildren([
    indexRoute,
    inboxRoute.addChildren([conversationRoute]),
    channelsRoute,
    newChannelRoute,
    channelRoute,
    settingsRoute.addChildren([
      settingsIndexRoute,
      profileRoute,
      organizationRoute,
      membersRoute,
      teamsRoute,
      tokensRoute,
      auditRoute,
    ]),
  ]),
]);

export function createAppRouter(queryClient: QueryClient) {
  return createRouter({
    routeTree: tree,
    context: { queryClient },
    defaultErrorComponent: RouteError,
    defaultNotFoundComponent: NotFound,
    defaultPendingMs: 200,
    defaultPreload: false,
    scrollRestoration: false,
  });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
}
