// What the script of the sign-in pages asks: its own text, a question for a passkey, and taking the answer. Translates to the verbs.
import { Hono, type Context as HonoContext } from 'hono';
import type { House } from '../../actions/context.ts';
import { signInByPasskey } from '../../actions/passkeys.ts';
import { invalidInput } from '../../base/errors.ts';
import type { Logger } from '../../base/log.ts';
import { mustBeSameOrigin } from '../own-page.ts';
import { problem } from '../problem.ts';
import { setSessionCookie } from '../session-cookie.ts';
import { SCRIPT_PATH } from './forms.ts';
import { PASSKEY_SCRIPT } from './passkey-script.ts';
import { homePath, type SignInPages, visitorOf, wishOf } from './visitor.ts';

export function mountPasskeys(app: Hono, pages: SignInPages, log: Logger): void {
  const { house } = pages;
  const site = new Hono();
  site.onError((error) => problem(error, log));
  site.get(SCRIPT_PATH, (c) => c.body(PASSKEY_SCRIPT, 200, { 'content-type': 'text/javascript; charset=utf-8' }));
  site.post('/sign-in/passkey-request', async (c) => {
    await asked(house, c);
    return c.json({ options: await house.passkeys.request(house.now()) });
  });
  site.post('/sign-in/passkey', async (c) => {
    const { credential, to } = await asked(house, c);
    const { cookie } = await signInByPasskey(house, credential, visitorOf(pages, c));
    setSessionCookie(house, c, cookie);
    return c.json({ to: wishOf(house, typeof to === 'string' ? to : null) ?? homePath(house) });
  });
  app.route('/', site);
}

/** What a page of ours asks by a script. */
async function asked(house: House, c: HonoContext): Promise<{ credential?: unknown; to?: unknown }> {
  mustBeSameOrigin(house, c);
  if (c.req.header('content-type')?.split(';')[0]?.trim().toLowerCase() !== 'application/json')
    throw invalidInput('content-type', 'The body must be application/json.', 'Open the page again.');
  const body: unknown = await c.req.json().catch(() => null);
  if (typeof body !== 'object' || body === null)
    throw invalidInput('body', 'The body must be one JSON object.', 'Open the page again.');
  return body;
}
