// What stands around every page: the name, the ways, who is signed in. Knows no page's content.
import { Link, Outlet, useLocation } from '@tanstack/react-router';
import { type FocusEvent, type KeyboardEvent, useEffect, useRef, useState } from 'react';
import { addressOf } from './api/call.ts';
import { useLive } from './api/live.ts';
import { useMe } from './api/me.ts';
import type { Me } from './api/shapes.ts';
import { Icon, Mark } from './parts/icon.tsx';
import { Trouble } from './parts/trouble.tsx';
import { Waiting } from './parts/waiting.tsx';
import { WAYS } from './ways.tsx';

export function Shell() {
  const me = useMe();
  useLive(me.data !== undefined);
  return (
    <div className="mx-auto min-h-dvh max-w-7xl lg:grid lg:grid-cols-[14rem_1fr]">
      <a
        href="#main"
        className="sr-only focus:not-sr-only focus:absolute focus:z-30 focus:m-2 focus:rounded-lg focus:bg-card focus:p-3"
      >
        Skip to the page
      </a>
      <Side me={me.data} />
      <main id="main" className="min-w-0 px-4 py-6 lg:px-8 lg:py-10">
        {me.data ? <Outlet /> : me.error ? <Trouble error={me.error} /> : <Waiting />}
      </main>
    </div>
  );
}

/** Beside the page; where there is no room for that a bar that stays, with the way that one is on and a menu of all. */
function Side({ me }: { readonly me: Me | undefined }) {
  const [open, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const path = useLocation({ select: ({ pathname }) => pathname });
  // biome-ignore lint/correctness/useExhaustiveDependencies: wherever one goes to, the menu has done its work
  useEffect(() => setOpen(false), [path]);
  const onKeyDown = ({ key }: KeyboardEvent): void => {
    if (key !== 'Escape' || !open) return;
    setOpen(false);
    button.current?.focus();
  };
  const onBlur = ({ currentTarget, relatedTarget }: FocusEvent<HTMLElement>): void => {
    if (relatedTarget && !currentTarget.contains(relatedTarget)) setOpen(false);
  };
  const here = WAYS.find(({ to }) => (to === '/' ? path === '/' : path.startsWith(to)));
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: only keys and focus that come from the controls inside are heard
    <header
      onKeyDown={onKeyDown}
      onBlur={onBlur}
      className="sticky top-0 z-20 border-line bg-page px-4 py-2.5 max-lg:border-b lg:flex lg:h-dvh lg:flex-col lg:border-r lg:py-10"
    >
      <div className="flex items-center justify-between gap-3">
        <p className="flex shrink-0 items-center gap-2 text-lg font-semibold lg:px-2">
          <Mark />
          Mailroom
        </p>
        <button
          ref={button}
          type="button"
          aria-expanded={open}
          aria-controls="ways"
          onClick={() => setOpen(!open)}
          className="flex min-h-11 min-w-0 items-center gap-2 rounded-lg border border-strong-line bg-card px-3 font-semibold lg:hidden"
        >
          <span className="sr-only">{here ? 'Menu, you are at' : 'Menu'}</span>
          {here?.icon}
          <span className="truncate">{here?.name}</span>
          <Icon path={open ? 'M6 15l6-6 6 6' : 'M6 9l6 6 6-6'} className="size-4" />
        </button>
      </div>
      <div
        id="ways"
        className={`grow flex-col max-lg:absolute max-lg:inset-x-0 max-lg:top-full max-lg:max-h-[calc(100dvh-4rem)] max-lg:overflow-y-auto max-lg:border-b max-lg:border-line max-lg:bg-page max-lg:px-4 max-lg:pt-2 max-lg:pb-4 max-lg:shadow-lg ${open ? 'flex' : 'hidden lg:flex'}`}
      >
        <nav aria-label="Pages" className="flex flex-col gap-1 lg:mt-6">
          {WAYS.filter(({ owner }) => !owner || me?.role === 'owner').map(({ to, name, icon }) => (
            <Link
              key={to}
              to={to}
              activeOptions={{ exact: to === '/' }}
              className="flex min-h-11 items-center gap-2.5 rounded-lg px-2.5 text-soft hover:bg-tint hover:text-ink lg:min-h-10"
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
            className="mt-auto flex min-w-0 items-center justify-between gap-3 px-2.5 pt-4 text-sm text-soft max-lg:mt-2 max-lg:border-t max-lg:border-line lg:block"
          >
            <p className="min-w-0 truncate" title={me.login ?? me.user_id}>
              {me.login ?? me.user_id}
            </p>
            <button type="submit" className="min-h-8 underline underline-offset-4 hover:text-ink">
              Sign out
            </button>
          </form>
        )}
      </div>
    </header>
  );
}
