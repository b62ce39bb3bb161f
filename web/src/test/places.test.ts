import { QueryClient } from '@tanstack/react-query';
import { describe, expect, it } from 'vitest';
import { createAppRouter } from '@/app/router';
import { places, redirects } from '../../../e2e/lib/places.mjs';

/** Every route has a visit in the browser stories and a picture: a new page cannot be forgotten. */
describe('places', () => {
  const routes = Object.keys(createAppRouter(new QueryClient()).routesByPath);
  const visited = places.flatMap((p) => (p.route ? [p.route] : []));
  it('visit each route of the router', () => {
    expect(routes.filter((r) => !visited.includes(r) && !redirects.includes(r))).toEqual([]);
  });
  it('name no route that is gone, and none twice', () => {
    expect([...visited, ...redirects.slice(0, 1)].filter((r) => !routes.includes(r))).toEqual([]);
    expect(new Set(visited).size).toBe(visited.length);
    const names = places.map((p) => p.name);
    expect(new Set(names).size).toBe(names.length);
  });
});
