// What stands around every page: the name, the ways, who is signed in. Knows no page's content.
import { Link, Outlet } from '@tanstack/react-router';
import { addressOf } from './api/call.ts';
import { useMe } from './api/me.ts';
import type { Me } from './api/shapes.ts';
import { Trouble } from './parts/trouble.tsx';
import { Waiting } from './parts/waiting.tsx';
import { WAYS } from './ways.tsx';

export function Shell() {
  const me = useMe();
  return (
    <div className="mx-auto min-h-dvh max-w-7xl lg:grid lg:grid-cols-[15rem_1fr]">
      <a
        href="#main"
        className="sr-only focus:not-sr-only focus:absolute focus:m-2 focus:rounded-lg focus:bg-card focus:p-3"
      >
        Skip to the page
      </a>
      <Side me={me.data} />
      <main id="main" className="min-w-0 px-4 py-6 lg:px-8 lg:py-10">
        {me.error ? <Trouble error={me.error} /> : me.data ? <Outlet /> : <Waiting />}
      </main>
    </div>
  );
}

function Side({ me }: { readonly me: Me | undefined }) {
  return (
    <header className="relative border-line px-4 pt-4 max-lg:border-b lg:sticky lg:top-0 lg:h-dvh lg:border-r lg:py-10">
      <p className="flex items-center gap-2 px-2 text-lg font-semibold">
        <Mark />
        Mailroom
      </p>
      <nav aria-label="Pages" className="mt-3 flex gap-1 overflow-x-auto pb-2 lg:mt-6 lg:flex-col lg:overflow-visible">
        {WAYS.filter(({ owner }) => !owner || me?.role === 'owner').map(({ to, name, icon }) => (
          <Link
            key={to}
            to={to}
            activeOptions={{ exact: to === '/' }}
            className="flex items-center gap-2.5 rounded-lg px-2.5 py-2 whitespace-nowrap text-soft hover:bg-tint hover:text-ink"
            activeProps={{ className: 'bg-tint text-ink! font-semibold' }}
          >
            {icon}
            {name}
          </Link>
        ))}
      </nav>
      {me && (
        <form
          method="post"
          action={addressOf('sign-out')}
          className="absolute top-3 right-4 max-w-40 text-right text-sm text-soft lg:top-auto lg:right-auto lg:bottom-8 lg:px-2 lg:text-left"
        >
          <p className="truncate">{me.login ?? me.user_id}</p>
          <button type="submit" className="underline underline-offset-4 hover:text-ink">
            Sign out
          </button>
        </form>
      )}
    </header>
  );
}

function Mark() {
  return (
    <svg
      viewBox="0 0 24 24"
      className="size-7 text-accent"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.75"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d="M3 10.5 12 4l9 6.5V19a1.5 1.5 0 0 1-1.5 1.5h-15A1.5 1.5 0 0 1 3 19z" />
      <path d="m3.5 11 8.5 5.5 8.5-5.5" />
    </svg>
  );
}
