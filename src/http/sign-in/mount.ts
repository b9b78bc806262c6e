// Where people sign in and out: the paths of its pages, their forms, their cookie. Translates between a browser and the verbs.
import { Hono, type Context as HonoContext } from 'hono';
import { html } from 'hono/html';
import type { House } from '../../actions/context.ts';
import { setLogin } from '../../actions/me.ts';
import { dropPasskey } from '../../actions/passkeys.ts';
import {
  type Arrived,
  hasWayBack,
  kept,
  openSignInLink,
  signInByLink,
  signInByPassword,
  signOut,
} from '../../actions/sign-in.ts';
import { AppError } from '../../base/errors.ts';
import type { Logger } from '../../base/log.ts';
import { failurePage, respond } from '../connect/page.ts';
import { base, formOf } from '../own-page.ts';
import { clearSessionCookie, setSessionCookie } from '../session-cookie.ts';
import { failed, placeOf, signInPage, waysBack } from './forms.ts';
import { mountGoogle } from './google.ts';
import { mountPasskeys } from './passkey-pages.ts';
import { linkPage, signOutPage } from './views.ts';
import { homePath, type SignInPages, signInPath, visitorOf, waysPath, whoIs, wishOf } from './visitor.ts';

const MOST_TEXT = 4000;

export function mountSignIn(app: Hono, pages: SignInPages, log: Logger): void {
  const { house } = pages;
  mountPasskeys(app, pages, log);
  mountGoogle(app, pages, log);
  const site = new Hono();
  site.onError((error) =>
    respond(failurePage(error, log, html`<a href="${signInPath(house)}">To the sign-in page</a>`)),
  );

  site.get('/sign-in', async (c) => {
    const to = wishOf(house, c.req.query('to'));
    if (await whoIs(house, c)) return c.redirect(to ?? homePath(house), 303);
    return respond(signInPage(house, to));
  });
  site.post('/sign-in', async (c) => {
    const form = await formOf(house, c);
    const to = wishOf(house, form.get('to'));
    const login = (form.get('login') ?? '').slice(0, 320);
    try {
      const password = (form.get('password') ?? '').slice(0, MOST_TEXT);
      return arrived(house, c, await signInByPassword(house, { login, password }, visitorOf(pages, c)), to);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      return failed(c, signInPage(house, to, { error, login }), error);
    }
  });

  site.get('/sign-in/ways', async (c) => {
    const who = await whoIs(house, c);
    if (!who) return c.redirect(signInPath(house, waysPath(house)), 303);
    return respond(
      await waysBack(house, who, wishOf(house, c.req.query('to')), { saved: c.req.query('saved') !== undefined }),
    );
  });
  site.post('/sign-in/ways', async (c) => {
    const form = await formOf(house, c);
    const who = await whoIs(house, c);
    if (!who) return c.redirect(signInPath(house, waysPath(house)), 303);
    const to = wishOf(house, form.get('to'));
    const passkey = form.get('remove_passkey');
    if (passkey !== null) {
      await kept(house, who.person, 'remove a passkey', () => dropPasskey(house, who, passkey));
      return c.redirect(waysPath(house), 303);
    }
    const login = (form.get('login') ?? '').slice(0, 320);
    const current = form.get('current_password')?.slice(0, MOST_TEXT) || undefined;
    try {
      const password = (form.get('password') ?? '').slice(0, MOST_TEXT);
      await kept(house, who.person, 'set the login', () => setLogin(house, who, { login, password, current }));
      return c.redirect(to ?? `${waysPath(house)}?saved`, 303);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      return failed(c, await waysBack(house, who, to, { error, login }), error);
    }
  });

  site.get('/sign-in/:secret', async (c) => {
    const link = await openSignInLink(house, c.req.param('secret'));
    const now = await whoIs(house, c);
    const path = `${base(house)}/sign-in/${encodeURIComponent(c.req.param('secret'))}`;
    return respond({ title: 'Sign in', body: linkPage(placeOf(house), path, link, now?.person ?? null) });
  });
  site.post('/sign-in/:secret', async (c) => {
    await formOf(house, c);
    const came = await signInByLink(house, c.req.param('secret'), visitorOf(pages, c));
    const to = came.to ?? homePath(house);
    const isDone = to === waysPath(house) || (await hasWayBack(house, came.person));
    return arrived(house, c, came, isDone ? to : `${waysPath(house)}?to=${encodeURIComponent(to)}`);
  });

  site.get('/sign-out', async (c) => {
    const who = await whoIs(house, c);
    return who
      ? respond({ title: 'Sign out', body: signOutPage(placeOf(house), who.person) })
      : c.redirect(signInPath(house), 303);
  });
  site.post('/sign-out', async (c) => {
    const form = await formOf(house, c);
    const who = await whoIs(house, c);
    if (who) await signOut(house, who, form.get('everywhere') !== null);
    clearSessionCookie(house, c);
    return c.redirect(signInPath(house), 303);
  });
  app.route('/', site);
}

/** Signed in from here on: under a new cookie, at the place where the person wanted to go. */
function arrived(house: House, c: HonoContext, { cookie }: Arrived, to: string | null): Response {
  setSessionCookie(house, c, cookie);
  return c.redirect(to ?? homePath(house), 303);
}
