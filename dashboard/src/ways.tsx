// The ways between the pages, in the order in which people need them.
import type { ReactNode } from 'react';

interface Way {
  readonly to: string;
  readonly name: string;
  readonly icon: ReactNode;
  /** For the owner only. */
  readonly owner?: true;
}

const icon = (path: string): ReactNode => (
  <svg
    viewBox="0 0 24 24"
    className="size-5 shrink-0"
    fill="none"
    stroke="currentColor"
    strokeWidth="1.75"
    strokeLinecap="round"
    strokeLinejoin="round"
    aria-hidden="true"
  >
    <path d={path} />
  </svg>
);

export const WAYS: readonly Way[] = [
  { to: '/', name: 'Overview', icon: icon('M4 13h6V4H4zM14 20h6v-9h-6zM4 20h6v-3H4zM14 7h6V4h-6z') },
  { to: '/settings/integrations', name: 'Integrations', icon: icon('M9 7V3m6 4V3M6 7h12v5a6 6 0 0 1-12 0zM12 18v3') },
];
