// The ways between the pages, in the order in which people need them.
import type { ReactNode } from 'react';
import { Icon } from './parts/icon.tsx';

interface Way {
  readonly to: string;
  readonly name: string;
  readonly icon: ReactNode;
  /** For the owner only. */
  readonly owner?: true;
}

const icon = (path: string): ReactNode => <Icon path={path} />;

export const WAYS: readonly Way[] = [
  { to: '/', name: 'Overview', icon: icon('M4 13h6V4H4zM14 20h6v-9h-6zM4 20h6v-3H4zM14 7h6V4h-6z') },
  { to: '/settings/integrations', name: 'Integrations', icon: icon('M9 7V3m6 4V3M6 7h12v5a6 6 0 0 1-12 0zM12 18v3') },
  {
    to: '/settings/agents',
    name: 'Agents',
    icon: icon('M12 4v3M6 7h12v10H6zM9.5 11v1.5m5-1.5v1.5M3 11v3m18-3v3M9 21h6'),
  },
  { to: '/mail', name: 'Mail', icon: icon('M4 6h16v12H4zM4 7l8 6 8-6') },
  { to: '/activity', name: 'Activity', icon: icon('M4 19V5m0 14h16M8 15v-4m4 4V8m4 7v-6') },
  { to: '/sending', name: 'Outbox', icon: icon('M4 12 20 4l-5 16-3-7z') },
  { to: '/settings/security', name: 'Security', icon: icon('M12 3 5 6v5c0 4.5 3 8 7 10 4-2 7-5.5 7-10V6z') },
  {
    to: '/operation',
    name: 'Operation',
    icon: icon('M5 5h14v5H5zM5 14h14v5H5zM8 7.5h.01M8 16.5h.01'),
    owner: true,
  },
];
