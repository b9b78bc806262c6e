// Who sits at a browser that asks for a sign-in page, and where that person wants to go. Knows no particular page.
import type { Context as HonoContext } from 'hono';
import type { House } from '../../actions/context.ts';
import { localPath } from '../../actions/local-path.ts';
import type { Visitor } from '../../actions/sign-in.ts';
import type { SignedIn } from '../../auth/people.ts';
import { hasDashboard } from '../dashboard.ts';
import { base } from '../own-page.ts';
import { sessionCookie } from '../session-cookie.ts';
import { browserIn } from './browser-name.ts';

export interface SignInPages {
  readonly house: House;
  /** The caller's address. */
  readonly address: (c: HonoContext) => string;
}

export const whoIs = (house: House, c: HonoContext): Promise<SignedIn | null> =>
  house.people.enter(sessionCookie(house, c), house.now());

export const visitorOf = ({ house, address }: SignInPages, c: HonoContext): Visitor => ({
  address: address(c),
  browser: browserIn(c.req.header('user-agent')),
  cookie: sessionCookie(house, c),
});

/** A wish that leads elsewhere is none. */
export const wishOf = (house: House, to: string | null | undefined): string | null =>
  to ? localPath(house, to) : null;

export const waysPath = (house: House): string => `${base(house)}/sign-in/ways`;

/** Where somebody goes who is signed in and has no other wish. */
export const homePath = (house: House): string => (hasDashboard ? `${base(house)}/` : waysPath(house));

/** Where somebody is sent who has to sign in first; `to`: a page, where he goes on. */
export const signInPath = (house: House, to?: string): string =>
  `${base(house)}/sign-in${to === undefined ? '' : `?to=${encodeURIComponent(to)}`}`;
