// Signing in with Google as a browser walks it: there, and back with an answer. Translates to the verbs.
import { Hono, type Context as HonoContext } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import { CALLBACK_PATH } from '../../accounts/google.ts';
import type { House } from '../../actions/context.ts';
import { beginGoogleSignIn, finishGoogleSignIn, isSignInState } from '../../actions/google-sign-in.ts';
import { AppError } from '../../base/errors.ts';
import type { Logger } from '../../base/log.ts';
import { failurePage, respond } from '../connect/page.ts';
import { base } from '../own-page.ts';
import { setSessionCookie } from '../session-cookie.ts';
import { failed, signInPage } from './forms.ts';
import { homePath, type SignInPages, visitorOf, wishOf } from './visitor.ts';

const COOKIE = 'mailroom_google';
const COOKIE_SECONDS = 600;

export function mountGoogle(app: Hono, pages: SignInPages, log: Logger): void {
  const { house } = pages;
  const site = new Hono();
  site.onError((error) => respond(failurePage(error, log)));
  site.get('/sign-in/google', async (c) => {
    const { url, secret } = await beginGoogleSignIn(house);
    const to = wishOf(house, c.req.query('to')) ?? '';
    const value = `${secret}.${Buffer.from(to).toString('base64url')}`;
    setCookie(c, COOKIE, value, { ...attributes(house), maxAge: COOKIE_SECONDS });
    return c.redirect(url, 302);
  });
  site.get(CALLBACK_PATH, async (c, next) => {
    const { state = '', code, error } = c.req.query();
    if (!isSignInState(state)) return next();
    const { secret, to } = takeCookie(house, c);
    try {
      const { cookie } = await finishGoogleSignIn(house, { state, code, error }, secret, visitorOf(pages, c));
      setSessionCookie(house, c, cookie);
      return c.redirect(to ?? homePath(house), 303);
    } catch (wrong) {
      if (!(wrong instanceof AppError)) throw wrong;
      return failed(c, signInPage(house, to, { error: wrong, login: '' }), wrong);
    }
  });
  app.route('/', site);
}

const attributes = (house: House) =>
  ({
    path: `${base(house)}/api/gmail`,
    httpOnly: true,
    sameSite: 'Lax',
    secure: house.addresses().public.startsWith('https:'),
  }) as const;

/** What the browser kept; it keeps it no longer. */
function takeCookie(house: House, c: HonoContext): { secret: string | undefined; to: string | null } {
  const [secret, to = ''] = (getCookie(c, COOKIE) ?? '').split('.');
  deleteCookie(c, COOKIE, attributes(house));
  return { secret: secret || undefined, to: wishOf(house, Buffer.from(to, 'base64url').toString('utf8')) };
}
