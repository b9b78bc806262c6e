// The addresses of the pages. Each page is loaded when it is first gone to.
import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import { Broken } from './pages/broken.tsx';
import { Lost } from './pages/lost.tsx';
import { Shell } from './shell.tsx';

const root = createRootRoute({ component: Shell, notFoundComponent: Lost });

const routeTree = root.addChildren([
  createRoute({
    getParentRoute: () => root,
    path: '/',
    component: lazyRouteComponent(() => import('./pages/overview.tsx'), 'Overview'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/settings/integrations',
    component: lazyRouteComponent(() => import('./pages/integrations.tsx'), 'Integrations'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/settings/agents',
    component: lazyRouteComponent(() => import('./pages/agents.tsx'), 'Agents'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/settings/agents/$profile',
    component: lazyRouteComponent(() => import('./pages/agent.tsx'), 'Agent'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/settings/security',
    component: lazyRouteComponent(() => import('./pages/security.tsx'), 'Security'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/operation',
    component: lazyRouteComponent(() => import('./pages/operation.tsx'), 'Operation'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/mail',
    validateSearch: (search: Record<string, unknown>) => search,
    component: lazyRouteComponent(() => import('./pages/mail.tsx'), 'Mail'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/activity',
    component: lazyRouteComponent(() => import('./pages/activity.tsx'), 'Activity'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/sending',
    component: lazyRouteComponent(() => import('./pages/sending.tsx'), 'Sending'),
  }),
]);

export const router = createRouter({
  routeTree,
  basepath: new URL(document.baseURI).pathname,
  defaultPreload: 'intent',
  defaultErrorComponent: Broken,
  scrollRestoration: true,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
