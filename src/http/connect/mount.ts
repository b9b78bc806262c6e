// Where the connect pages are mounted: their paths, their cookie, their forms. Translates between a browser and the verbs.
import { Hono, type Context as HonoContext } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import {
  type Begun,
  type Browser,
  begin,
  beginGoogle,
  confirm,
  connectByPassword,
  decline,
  finishGoogle,
  type LinkView,
  openLink,
  returnTo,
  startOver,
} from '../../actions/connect.ts';
import type { House } from '../../actions/context.ts';
import { AppError, HTTP_STATUS, invalidInput } from '../../base/errors.ts';
import type { Logger } from '../../base/log.ts';
import { base, mustBeOurs } from '../own-page.ts';
import { failurePage, type Page, respond } from './page.ts';
import { choose, confirmation, connected, ended, type Place } from './views.ts';

/** The progress page is looked at for longer than the link lives. */
const COOKIE_SECONDS = 3600;
const LOOK_AGAIN_SECONDS = 4;

export interface Pages {
  readonly house: House;
  /** Google's consent page, for the policy of what a form may lead to. */
  readonly googleOrigin: string | null;
  readonly log: Logger;
}

export function mountConnect(app: Hono, pages: Pages): void {
  const { house, log } = pages;
  const site = new Hono();
  site.onError((error) => respond(failurePage(error, log, 'Nothing was connected.')));

  site.get('/connect/:secret', async (c) => {
    const secret = c.req.param('secret');
    return respond(pageOf(pages, secret, await openLink(house, secret, browserOf(c))));
  });
  site.post('/connect/:secret', async (c) => {
    const { secret, form, begun } = await taken(pages, c);
    const method = form.get('method');
    if (method === 'google') return c.redirect(`${base(house)}/api/gmail/connect?link=${secret}`, 303);
    if (method === 'decline') return away(pages, c, secret, await decline(house, begun.link));
    if (method !== 'app_password')
      throw invalidInput('method', 'No way to connect was chosen.', 'Go back and choose one.');
    const email = (form.get('email') ?? '').slice(0, 320);
    try {
      const appPassword = (form.get('app_password') ?? '').slice(0, 200);
      const timezone = form.get('timezone') ?? undefined;
      return away(pages, c, secret, await connectByPassword(house, begun.link, { email, appPassword, timezone }));
    } catch (error) {
      return again(pages, c, secret, error, begun, email);
    }
  });
  site.post('/connect/:secret/confirm', async (c) => {
    const { secret, form } = await formOf(house, c);
    const decision = form.get('decision');
    // The cookie is there by now; nobody confirms as the first step.
    if (decision === 'yes') return said(pages, c, secret, form);
    const begun = await begin(house, secret, browserOf(c));
    if (decision === 'no') return away(pages, c, secret, await decline(house, begun.link));
    if (decision === 'other') {
      await startOver(house, begun.link);
      return c.redirect(pathOf(house, secret), 303);
    }
    throw invalidInput('decision', 'The page was not answered.', 'Go back and choose.');
  });

  site.get('/api/gmail/connect', async (c) => {
    return c.redirect(await beginGoogle(house, c.req.query('link') ?? '', browserOf(c)), 302);
  });
  site.get('/api/gmail/callback', async (c) => {
    const { state = '', code, error } = c.req.query();
    const returned = await finishGoogle(house, { state, code, error }, browserOf(c));
    if (returned.kind === 'waiting') return c.redirect(pathOf(house, returned.secret), 303);
    if (returned.kind === 'declined') return away(pages, c, returned.secret, returned.link);
    return again(pages, c, returned.secret, returned.error);
  });
  app.route('/', site);
}

interface Form {
  readonly secret: string;
  readonly form: URLSearchParams;
}

async function formOf(house: House, c: HonoContext): Promise<Form> {
  mustBeOurs(house, c);
  return { secret: c.req.param('secret') ?? '', form: new URLSearchParams(await c.req.text()) };
}

/** The person says that it is the right account. */
async function said(pages: Pages, c: HonoContext, secret: string, form: URLSearchParams): Promise<Response> {
  try {
    const answer = { address: form.get('address') ?? '', timezone: form.get('timezone') ?? undefined };
    return away(pages, c, secret, await confirm(pages.house, secret, browserOf(c), answer));
  } catch (error) {
    return again(pages, c, secret, error);
  }
}

/** A form that came from our own page, for a link that this browser may go on with. */
async function taken({ house }: Pages, c: HonoContext): Promise<Form & { begun: Begun }> {
  const { secret, form } = await formOf(house, c);
  const begun = await begin(house, secret, browserOf(c));
  if (begun.cookie !== null)
    for (const path of ['/connect', '/api/gmail'])
      setCookie(c, cookieName(begun.link.id), begun.cookie, {
        path: base(house) + path,
        httpOnly: true,
        sameSite: 'Lax',
        secure: house.addresses().public.startsWith('https:'),
        maxAge: COOKIE_SECONDS,
      });
  return { secret, form, begun };
}

const cookieName = (linkId: string): string => `mailroom_${linkId}`;
const browserOf =
  (c: HonoContext): Browser =>
  (linkId) =>
    getCookie(c, cookieName(linkId));

const pathOf = (house: House, secret: string): string => `${base(house)}/connect/${encodeURIComponent(secret)}`;

function placeOf({ house }: Pages, secret: string): Place {
  return {
    path: pathOf(house, secret),
    host: new URL(house.addresses().public).host,
    offersGoogle: house.connecting.google !== null,
  };
}

/** Back to the app that sent the person, else to the page that says how it ended. */
async function away({ house }: Pages, c: HonoContext, secret: string, link: LinkView['link']): Promise<Response> {
  return c.redirect(returnTo(link) ?? pathOf(house, secret), 303);
}

/** The page once more, with what went wrong. */
async function again(
  pages: Pages,
  c: HonoContext,
  secret: string,
  error: unknown,
  begun?: Begun,
  email?: string,
): Promise<Response> {
  if (!(error instanceof AppError)) throw error;
  // The cookie that this answer sets is not in the request yet.
  const browser: Browser = (id) => begun?.cookie ?? browserOf(c)(id);
  const view = await openLink(pages.house, secret, browser);
  if (view.status !== 'pending' || view.elsewhere) return respond(pageOf(pages, secret, view));
  const failed = { error, ...(email !== undefined && { email }) };
  const page = await respond({
    title: 'Connect your Gmail',
    status: HTTP_STATUS[error.code],
    body: choose(view, placeOf(pages, secret), failed),
    formsTo: formsTo(pages, view),
  });
  return c.newResponse(page.body, page.status as 200, Object.fromEntries(page.headers));
}

function formsTo({ googleOrigin }: Pages, { link }: LinkView): string[] {
  return [googleOrigin, link.return_to && new URL(link.return_to).origin].filter((each) => each !== null);
}

function pageOf(pages: Pages, secret: string, view: LinkView): Page {
  const place = placeOf(pages, secret);
  const { link } = view;
  if (view.status === 'connected') {
    const busy = view.account && view.account.sync.state !== 'up_to_date';
    return { title: 'Connected', body: connected(view), ...(busy && { againInSeconds: LOOK_AGAIN_SECONDS }) };
  }
  if (view.status === 'declined')
    return {
      title: 'Not connected',
      body: ended(
        'Nothing was connected',
        'You said no, and nothing was kept. Should you change your mind, ask for a new link.',
        link,
      ),
    };
  if (view.status === 'failed')
    return {
      title: 'Not connected',
      body: ended(
        'Nothing was connected',
        'The App Password was refused too often, so this link is used up. Ask for a new one.',
        link,
      ),
    };
  if (view.status === 'expired')
    return {
      title: 'Link expired',
      status: 410,
      body: ended(
        'This link has expired',
        'It was good for ten minutes. Nothing was connected; ask for a new one.',
        link,
      ),
    };
  if (view.elsewhere)
    return {
      title: 'Open elsewhere',
      status: 403,
      body: ended(
        'This link is in use in another browser',
        'Go on in the browser where you began. If that was not you, do not go on, and ask for a new link.',
      ),
    };
  if (view.waiting)
    return { title: 'Confirm the account', body: confirmation(view, place), formsTo: formsTo(pages, view) };
  return { title: 'Connect your Gmail', body: choose(view, place), formsTo: formsTo(pages, view) };
}
