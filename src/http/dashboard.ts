// The dashboard's built files, and the page that begins it, under whatever path people find us. Knows no route of the API.
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { serveStatic } from '@hono/node-server/serve-static';
import type { Hono, Context as HonoContext } from 'hono';
import { compress } from 'hono/compress';
import { AppError } from '../base/errors.ts';
import { isLoopback } from '../config.ts';

/** Addresses at which the page may begin; it finds its way from there. */
export const DASHBOARD_PAGES = [
  '/',
  '/settings/integrations',
  '/settings/agents',
  '/settings/agents/:profile',
  '/settings/security',
  '/mail',
  '/activity',
  '/sending',
  '/operation',
];
const A_YEAR_S = 365 * 24 * 3600;

/** Nothing from elsewhere, nothing inline, in nobody's frame. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "frame-src 'self'",
  "form-action 'self'",
  "base-uri 'self'",
  "frame-ancestors 'none'",
].join('; ');

/** Beside the built server in the package, under dist/ in a clone; null when it has not been built. */
const FOLDER =
  ['../dashboard/', '../../dist/dashboard/']
    .map((each) => fileURLToPath(new URL(each, import.meta.url)))
    .find((each) => existsSync(`${each}index.html`)) ?? null;

/** Whether there is one to go to. */
export const hasDashboard = FOLDER !== null;

/** `url`: the address that people are told. */
export function mountDashboard(app: Hono, url: () => string): void {
  const squeezed = compress({ encoding: 'gzip' });
  for (const path of DASHBOARD_PAGES)
    app.get(path, squeezed, (c) => {
      if (!FOLDER)
        throw new AppError('not_found', 'The dashboard has not been built.', {
          hint: '`npm start` builds it; so does `npm run build`.',
        });
      const told = new URL(url());
      if (isOtherName(told, c)) {
        const to = new URL(c.req.path.slice(1), told.href.replace(/\/?$/, '/'));
        to.search = new URL(c.req.url).search;
        return c.redirect(to.href, 302);
      }
      return firstPage(c, FOLDER, told, 200);
    });
  if (!FOLDER) return;
  app.get('/mark.svg', serveStatic({ root: FOLDER }));
  // Their names change with their bytes.
  const keep = `public, max-age=${A_YEAR_S}, immutable`;
  app.get('/assets/*', squeezed, serveStatic({ root: FOLDER, onFound: (_, c) => c.header('cache-control', keep) }));
}

/**
 * A cookie is good for one name of this machine only, and what comes back from connecting comes to the one that is told. At
 * another port there is a proxy between, which may have put its own Host: to send the browser back there would never end.
 */
function isOtherName(told: URL, c: HonoContext): boolean {
  const host = c.req.header('host') ?? '';
  return isLoopback(told.hostname) && host !== told.host && portOf(host) === portOf(told.host);
}

const portOf = (host: string): string => /:(\d+)$/.exec(host)?.[1] ?? '80';

/** A person has a browser open this address (Fetch Metadata); what a page or a program asks is none. */
export const isVisit = ({ req }: HonoContext): boolean =>
  req.method === 'GET' && req.header('sec-fetch-dest') === 'document';

/** For a person who opens an address that leads nowhere: the page that says so, with a way back. Null: a program asks. */
export function lostPage(c: HonoContext, url: () => string): Response | null {
  return FOLDER && isVisit(c) ? firstPage(c, FOLDER, new URL(url()), 404) : null;
}

function firstPage(c: HonoContext, folder: string, told: URL, status: 200 | 404): Response {
  const base = told.pathname.replace(/\/?$/, '/');
  const page = readFileSync(`${folder}index.html`, 'utf8').replace(
    '<base href="/" />',
    () => `<base href="${base}" />`,
  );
  return c.body(page, status, { 'content-type': 'text/html; charset=UTF-8', 'content-security-policy': POLICY });
}
