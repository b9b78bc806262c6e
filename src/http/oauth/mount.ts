// Where remote MCP clients sign in: what they read first, the authorization server's paths, and the page on which their person
// decides. Translates between them and the verbs.
import { Hono, type Context as HonoContext } from 'hono';
import { allowConsent, denyConsent, openConsent, type Said } from '../../actions/consent.ts';
import type { House } from '../../actions/context.ts';
import type { Person } from '../../auth/people.ts';
import type { Resources } from '../../auth/resources.ts';
import { AppError, HTTP_STATUS, invalidInput } from '../../base/errors.ts';
import type { Logger } from '../../base/log.ts';
import { failurePage, type Page, respond } from '../connect/page.ts';
import { base, formOf } from '../own-page.ts';
import { sessionCookie } from '../session-cookie.ts';
import { signInPath } from '../sign-in/visitor.ts';
import { consentPage, refusedAuthorization } from './views.ts';

const MOST_FIELDS = 10;

export interface OAuthMount {
  readonly house: House;
  readonly resources: Resources;
  readonly address: (c: HonoContext) => string;
  readonly log: Logger;
}

export function mountOAuth(app: Hono, mount: OAuthMount): void {
  const { house, resources } = mount;
  const { authorization } = house;
  const server = '/.well-known/oauth-authorization-server';
  const documents = '/.well-known/oauth-protected-resource';
  // With a path before ours the well-known part stands before that (RFC 8414 section 3.1), if the proxy lets it through.
  app.get(server, (c) => c.json(authorization.metadata()));
  app.get(`${server}/*`, async (c, next) =>
    c.req.path.slice(server.length).replace(/\/$/, '') === base(house) ? c.json(authorization.metadata()) : next(),
  );
  for (const path of [documents, `${documents}/*`])
    app.get(path, async (c, next) => {
      const resource = resources.documented(c.req.header('host') ?? '', c.req.path);
      return resource === null ? next() : c.json(authorization.resourceMetadata(resource));
    });
  for (const path of ['/token', '/register', '/revoke']) app.post(path, (c) => passedOn(mount, c));
  app.route('/', pages(mount));
}

function pages(mount: OAuthMount): Hono {
  const { house, log } = mount;
  const site = new Hono();
  site.onError((error) => respond(failurePage(error, log, 'Nobody was let in.')));
  for (const path of ['/authorize', '/authorize/:uid'])
    site.get(path, async (c) => {
      // Whoever looks whether there is something begins and ends nothing.
      if (c.req.method === 'HEAD') return c.body(null, 405, { allow: 'GET' });
      const answer = await passedOn(mount, c);
      if (answer.status < 400) return answer;
      const page = await respond(refusedAuthorization(await errorOf(answer), answer.status));
      const wait = answer.headers.get('retry-after');
      if (wait !== null) page.headers.set('retry-after', wait);
      return page;
    });
  site.get('/consent/:uid', async (c) => {
    const person = await whoIs(house, c);
    if (!person) return toSignIn(house, c);
    return respond(await page(house, c, person));
  });
  site.post('/consent/:uid', async (c) => {
    const form = await formOf(house, c);
    const person = await whoIs(house, c);
    if (!person) return toSignIn(house, c);
    const [cookie, uid] = [c.req.header('cookie') ?? '', c.req.param('uid')];
    const decision = form.get('decision');
    if (decision === 'deny') return c.redirect(await denyConsent(house, person, cookie, uid), 303);
    if (decision !== 'allow') throw invalidInput('decision', 'The page was not answered.', 'Go back and choose.');
    const said: Said = {
      profile: form.get('profile') ?? '',
      permissions: form.getAll('permission').slice(0, MOST_FIELDS),
    };
    try {
      return c.redirect(await allowConsent(house, person, cookie, uid, said), 303);
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'invalid_input') throw error;
      return respond({ ...(await page(house, c, person, { error, said })), status: HTTP_STATUS[error.code] });
    }
  });
  return site;
}

/** Which error it is; none for what is not even known as a request. */
async function errorOf(answer: Response): Promise<string> {
  const isJson = answer.headers.get('content-type')?.startsWith('application/json');
  return isJson ? (((await answer.json()) as { error?: string }).error ?? '') : '';
}

async function page(
  house: House,
  c: HonoContext,
  person: Person,
  failed?: { error: AppError; said: Said },
): Promise<Page> {
  const uid = c.req.param('uid') ?? '';
  const consent = await openConsent(house, person, c.req.header('cookie') ?? '', uid);
  const path = `${base(house)}/consent/${encodeURIComponent(uid)}`;
  return consentPage(consent, { path, person, host: new URL(house.addresses().public).host }, failed);
}

async function passedOn({ house, address }: OAuthMount, c: HonoContext): Promise<Response> {
  const { search, pathname } = new URL(c.req.url);
  return house.authorization.answer({
    method: c.req.method,
    path: pathname + search,
    headers: c.req.header(),
    address: address(c),
    ...(c.req.method === 'POST' && { body: await c.req.text() }),
  });
}

/** The cookie counts on these pages alone; a form of another site does not get here. */
const whoIs = (house: House, c: HonoContext): Promise<Person | null> =>
  house.people.whoIs(sessionCookie(house, c), house.now());

const toSignIn = (house: House, c: HonoContext): Response =>
  c.redirect(signInPath(house, `${base(house)}/consent/${encodeURIComponent(c.req.param('uid') ?? '')}`), 303);
