// The pages of signing in with all that they show at a moment, also once more with what went wrong. Knows no path but where forms go.
import type { Context as HonoContext } from 'hono';
import type { House } from '../../actions/context.ts';
import type { SignedIn } from '../../auth/people.ts';
import { type AppError, HTTP_STATUS } from '../../base/errors.ts';
import { type Page, respond } from '../connect/page.ts';
import { base } from '../own-page.ts';
import { type Failed, type Place, type Shown, signInForm, type WaysMore, waysPage } from './views.ts';

/** Where the script of these pages is. */
export const SCRIPT_PATH = '/sign-in/passkeys.js';

/** The form once more, with what went wrong. */
export async function failed(c: HonoContext, page: Page, error: AppError): Promise<Response> {
  if (error.retryAt) c.header('retry-after', String(Math.max(1, Math.ceil((error.retryAt - Date.now()) / 1000))));
  const { body, headers } = await respond(page);
  return c.newResponse(body, HTTP_STATUS[error.code] as 401, Object.fromEntries(headers));
}

export const signInPage = (house: House, to: string | null, wrong?: Failed): Page => ({
  title: 'Sign in',
  body: signInForm(placeOf(house), to, wrong),
  ...scriptOf(house),
});

export async function waysBack(house: House, who: SignedIn, to: string | null, more: WaysMore): Promise<Page> {
  const body = waysPage(placeOf(house), await shownOf(house, who), to, more);
  return { title: 'Ways back in', body, ...scriptOf(house) };
}

const scriptOf = (house: House) => (house.passkeys.isOffered ? { script: base(house) + SCRIPT_PATH } : {});

async function shownOf(house: House, { person }: SignedIn): Promise<Shown> {
  const row = await house.control.logins.person('id', person.id);
  const passkeys = await house.control.logins.passkeys(person.id);
  return { person, hasPassword: row?.password_hash != null, passkeys };
}

export const placeOf = (house: House): Place => ({
  base: base(house),
  host: new URL(house.addresses().public).host,
  offersGoogle: house.connecting.google !== null,
  offersPasskeys: house.passkeys.isOffered,
});
