// The cookie of a person who has signed in: its name, its attributes, and whom it stands for. Knows no page.
import type { Context as HonoContext } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import type { House } from '../actions/context.ts';
import { SESSION_LIFE_MS, sessionOf } from '../auth/people.ts';
import type { ServiceSession } from '../auth/session.ts';
import { base, mustBeSameOrigin } from './own-page.ts';

const isHttps = ({ addresses }: House): boolean => addresses().public.startsWith('https:');

/** With the prefix that no other host and no plain page can set, where browsers allow it (RFC 6265bis section 4.1.3.2). */
const nameFor = (house: House): string =>
  isHttps(house) && base(house) === '' ? '__Host-mailroom_session' : 'mailroom_session';

/** What the browser sent, for `people.whoIs`. */
export const sessionCookie = (house: House, c: HonoContext): string | undefined => getCookie(c, nameFor(house));

const attributes = (house: House) =>
  ({ path: base(house) || '/', httpOnly: true, sameSite: 'Lax', secure: isHttps(house) }) as const;

/** To be set on an answer that is made by `c`. */
export const setSessionCookie = (house: House, c: HonoContext, value: string): void =>
  setCookie(c, nameFor(house), value, { ...attributes(house), maxAge: SESSION_LIFE_MS / 1000 });

export const clearSessionCookie = (house: House, c: HonoContext): void =>
  void deleteCookie(c, nameFor(house), attributes(house));

/** The session of a cookie; null when there is none. Throws `forbidden` for one that comes with a foreign page's request. */
export async function sessionByCookie(house: House, c: HonoContext): Promise<ServiceSession | null> {
  const signedIn = await house.people.enter(sessionCookie(house, c), house.now());
  if (!signedIn) return null;
  mustBeSameOrigin(house, c);
  return sessionOf(signedIn);
}
