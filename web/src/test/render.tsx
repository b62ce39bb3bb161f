import { QueryClientProvider } from '@tanstack/react-query';
import { createMemoryHistory, RouterProvider } from '@tanstack/react-router';
import { render } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { Providers } from '@/app/App';
import { createAppRouter } from '@/app/router';
import { type AppLanguage, startI18n } from '@/shared/i18n';
import { createQueryClient } from '@/shared/lib/query';

/** The whole app at one address, as a browser would show it. */
export async function renderApp(path: string, language: AppLanguage = 'en') {
  await startI18n(language);
  const client = createQueryClient();
  client.setDefaultOptions({ queries: { ...client.getDefaultOptions().queries, retry: false } });
  const router = createAppRouter(client);
  router.update({ ...router.options, history: createMemoryHistory({ initialEntries: [path] }) });
  const view = render(
    <Providers>
      <QueryClientProvider client={client}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </Providers>,
  );
  return { ...view, user: userEvent.setup(), client, router };
}
