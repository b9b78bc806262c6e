// What every page of ours shares: its headers, that a form or a cookie counts only from our own pages, and paths that stay with us.
// Knows no particular page.
import type { Context as HonoContext, MiddlewareHandler } from 'hono';
import type { House } from '../actions/context.ts';
import { AppError, invalidInput } from '../base/errors.ts';

/** Paths that answer with pages. */
export const PAGE_PATHS = [
  ...['/connect/*', '/api/gmail/*', '/sign-in', '/sign-in/*', '/sign-out'],
  ...['/authorize', '/authorize/*', '/consent/*'],
] as const;

/**
 * Goes around everything else that sets headers. Other sites learn nothing of an address that is a secret; `no-referrer` would
 * do that too, but with it browsers hide the Origin of our own forms.
 */
export const pageHeaders: MiddlewareHandler = async (c, next) => {
  await next();
  c.res.headers.set('referrer-policy', 'same-origin');
  c.res.headers.set('x-frame-options', 'DENY');
  c.res.headers.set('x-robots-tag', 'noindex');
};

/** Browsers say where a form stood; one that stood elsewhere is refused. */
export function mustBeOurs(house: House, c: HonoContext): void {
  const origin = c.req.header('origin');
  const site = c.req.header('sec-fetch-site');
  if ((origin !== undefined && !isOurs(house, c, origin)) || (site !== undefined && site !== 'same-origin'))
    throw new AppError('forbidden', 'This form did not come from our page.', { hint: 'Open the page again.' });
  const type = c.req.header('content-type')?.split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/x-www-form-urlencoded')
    throw invalidInput('content-type', 'This is not the form of our page.', 'Open the page again.');
}

/** The fields of a form of ours. */
export async function formOf(house: House, c: HonoContext): Promise<URLSearchParams> {
  mustBeOurs(house, c);
  return new URLSearchParams(await c.req.text());
}

/**
 * A cookie comes along whoever asks, so it counts only for what our own pages ask. A browser that says neither where a request
 * comes from nor from which Origin is too old to be believed about anything but reading.
 */
export function mustBeSameOrigin(house: House, c: HonoContext): void {
  const origin = c.req.header('origin');
  const site = c.req.header('sec-fetch-site');
  const foreign = (origin !== undefined && !isOurs(house, c, origin)) || (site ?? 'same-origin') !== 'same-origin';
  const untold = origin === undefined && site === undefined && c.req.method !== 'GET';
  if (foreign || untold)
    throw new AppError('forbidden', 'Being signed in counts for our own pages only.', {
      hint: 'Send a key or a token in Authorization instead.',
    });
}

const isOurs = ({ addresses }: House, c: HonoContext, origin: string): boolean =>
  [
    new URL(addresses().public).origin,
    ...['http', 'https'].map((scheme) => `${scheme}://${c.req.header('host')}`),
  ].includes(origin);

/** The path under which people find us, when it is not the root. */
export const base = ({ addresses }: House): string => new URL(addresses().public).pathname.replace(/\/$/, '');
