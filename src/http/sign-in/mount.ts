// Where people sign in and out: the paths of its pages, their forms, their cookie. Translates between a browser and the verbs.
import { Hono, type Context as HonoContext } from 'hono';
import type { House } from '../../actions/context.ts';
import { localPath } from '../../actions/local-path.ts';
import { setLogin } from '../../actions/me.ts';
import {
  type Arrived,
  hasWayBack,
  openSignInLink,
  signInByLink,
  signInByPassword,
  signOut,
  type Visitor,
} from '../../actions/sign-in.ts';
import type { SignedIn } from '../../auth/people.ts';
import { AppError, HTTP_STATUS } from '../../base/errors.ts';
import type { Logger } from '../../base/log.ts';
import { failurePage, respond } from '../connect/page.ts';
import { base, formOf } from '../own-page.ts';
import { clearSessionCookie, sessionCookie, setSessionCookie } from '../session-cookie.ts';
import { browserIn } from './browser-name.ts';
import { linkPage, signInForm, signOutPage, waysPage } from './views.ts';

const MOST_TEXT = 4000;

export interface SignInPages {
  readonly house: House;
  readonly address: (c: HonoContext) => string;
  readonly log: Logger;
}

export function mountSignIn(app: Hono, pages: SignInPages): void {
  const { house, log } = pages;
  const site = new Hono();
  site.onError((error) => respond(failurePage(error, log)));

  site.get('/sign-in', async (c) => {
    const to = wishOf(house, c.req.query('to'));
    if (await whoIs(house, c)) return c.redirect(to ?? waysPath(house), 303);
    return respond({ title: 'Sign in', body: signInForm(placeOf(house), to) });
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
      return failed(c, 'Sign in', signInForm(placeOf(house), to, { error, login }), error);
    }
  });

  site.get('/sign-in/ways', async (c) => {
    const who = await whoIs(house, c);
    if (!who) return c.redirect(signInPath(house, waysPath(house)), 303);
    return ways(house, who, wishOf(house, c.req.query('to')), c.req.query('saved') !== undefined);
  });
  site.post('/sign-in/ways', async (c) => {
    const form = await formOf(house, c);
    const who = await whoIs(house, c);
    if (!who) return c.redirect(signInPath(house, waysPath(house)), 303);
    const to = wishOf(house, form.get('to'));
    const login = (form.get('login') ?? '').slice(0, 320);
    const current = form.get('current_password')?.slice(0, MOST_TEXT) || undefined;
    try {
      await setLogin(house, who, { login, password: (form.get('password') ?? '').slice(0, MOST_TEXT), current });
      return c.redirect(to ?? `${waysPath(house)}?saved`, 303);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      const body = waysPage(placeOf(house), await shownOf(house, who), to, { error, login });
      return failed(c, 'Ways back in', body, error);
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
    const known = await hasWayBack(house, came.person);
    const after = known || came.to === null ? came.to : `${waysPath(house)}?to=${encodeURIComponent(came.to)}`;
    return arrived(house, c, came, after);
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
  return c.redirect(to ?? waysPath(house), 303);
}

/** The form once more, with what went wrong. */
async function failed(c: HonoContext, title: string, body: Parameters<typeof respond>[0]['body'], error: AppError) {
  if (error.retryAt) c.header('retry-after', String(Math.max(1, Math.ceil((error.retryAt - Date.now()) / 1000))));
  const page = await respond({ title, body, status: HTTP_STATUS[error.code] });
  return c.newResponse(page.body, page.status as 200, Object.fromEntries(page.headers));
}

const ways = async (house: House, who: SignedIn, to: string | null, saved: boolean): Promise<Response> =>
  respond({
    title: 'Ways back in',
    body: waysPage(placeOf(house), await shownOf(house, who), to, saved ? { saved } : {}),
  });

async function shownOf(house: House, { person }: SignedIn) {
  const row = await house.control.logins.person('id', person.id);
  return { person, hasPassword: row?.password_hash != null };
}

/** Who sits at this browser. */
const whoIs = (house: House, c: HonoContext): Promise<SignedIn | null> =>
  house.people.enter(sessionCookie(house, c), house.now());

const visitorOf = ({ house, address }: SignInPages, c: HonoContext): Visitor => ({
  address: address(c),
  browser: browserIn(c.req.header('user-agent')),
  cookie: sessionCookie(house, c),
});

const wishOf = (house: House, to: string | null | undefined): string | null => (to ? localPath(house, to) : null);

const placeOf = (house: House) => ({ base: base(house), host: new URL(house.addresses().public).host });

const waysPath = (house: House): string => `${base(house)}/sign-in/ways`;

/** Where somebody is sent who has to sign in first. */
export const signInPath = (house: House, to?: string): string =>
  `${base(house)}/sign-in${to === undefined ? '' : `?to=${encodeURIComponent(to)}`}`;
