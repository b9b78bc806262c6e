// A person connects an account at a Google emulator that other people wrote: the whole way by HTTP, with its forms.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Browser, type Seen } from '../support/browser.ts';
import { eventually, type Mailroom, newFolder, removeFolder, startMailroom } from '../support/mailroom.ts';
import { upToDate } from '../support/pretend-gmail.ts';
import { clientsAreInstalled, program, someFreePort } from './installed.ts';

interface Emulator {
  readonly url: string;
  close(): Promise<void>;
}

const JANE = 'jane@example.com';
const JOE = 'joe@example.com';
const CLIENT = { client_id: 'mailroom-test', client_secret: 'the-secret-of-mailroom-test' };

describe.runIf(clientsAreInstalled())('an independent emulator of Google’s sign-in', () => {
  const folder = newFolder();
  let emulator: Emulator;
  let room: Mailroom;

  beforeAll(async () => {
    const { createEmulator } = await import(program('emulate/dist/api.js'));
    const port = someFreePort();
    const mailroomPort = 40_001 + Math.floor(Math.random() * 20_000);
    const redirect = `http://127.0.0.1:${mailroomPort}/api/gmail/callback`;
    const seed = {
      google: {
        users: [
          { email: JANE, name: 'Jane' },
          { email: JOE, name: 'Joe' },
        ],
        oauth_clients: [{ ...CLIENT, name: 'Mailroom', redirect_uris: [redirect] }],
      },
    };
    emulator = await createEmulator({ service: 'google', port, seed });
    const { url } = emulator;
    const env = {
      PORT: String(mailroomPort),
      GOOGLE_CLIENT_ID: CLIENT.client_id,
      GOOGLE_CLIENT_SECRET: CLIENT.client_secret,
      GOOGLE_AUTH_URL: `${url}/o/oauth2/v2/auth`,
      GOOGLE_TOKEN_URL: `${url}/oauth2/token`,
      GOOGLE_REVOKE_URL: `${url}/oauth2/revoke`,
      GOOGLE_USERINFO_URL: `${url}/oauth2/v2/userinfo`,
      GOOGLE_JWKS_URL: `${url}/oauth2/v3/certs`,
      GMAIL_API_URL: url,
    };
    room = await startMailroom({ folder, env });
  });
  afterAll(async () => {
    await room?.end();
    await emulator?.close();
    removeFolder(folder);
  });

  /** Chooses one of the users on its page; where the browser is sent then. */
  async function chosen(browser: Browser, page: Seen, email: string): Promise<string> {
    const form = [...page.text.matchAll(/<form[\s\S]*?<\/form>/g)].find(([html]) => html.includes(email))?.[0] ?? '';
    const fields = [...form.matchAll(/name="([^"]+)" value="([^"]*)"/g)].map(([, name, value]) => [
      name,
      value!.replaceAll('&amp;', '&'),
    ]);
    const sent = await browser.post(`${emulator.url}/o/oauth2/v2/auth/callback`, Object.fromEntries(fields));
    expect(sent.status, sent.text).toBe(302);
    return sent.location!;
  }

  it('lets a person in, and their mail is read by what they granted', async () => {
    const browser = new Browser();
    const { body: link } = await room.rest('POST', '/connect-links', { user_id: 'u1', email: JANE });
    const toGoogle = async () => {
      const begun = await browser.follow(await browser.post(link.url, { method: 'google' }));
      return browser.get(begun.location!);
    };
    const wrong = await browser.get(await chosen(browser, await toGoogle(), JOE));
    expect([wrong.status, wrong.text]).toEqual([409, expect.stringContaining(`This link is for ${JANE}`)]);
    const back = await chosen(browser, await toGoogle(), JANE);
    const shown = await browser.follow(await browser.get(back));
    expect(shown.text).toContain('Is this the right account?');
    expect((await browser.get(back)).status).toBe(404);
    await browser.post(`${link.url}/confirm`, { decision: 'yes', address: JANE });
    const { status, account_id } = (await room.rest('GET', `/connect-links/${link.link_id}`)).body;
    expect(status).toBe('connected');
    await upToDate(room, account_id);
    const account = (await room.rest('GET', `/accounts/${account_id}`)).body;
    expect(account).toMatchObject({ email: JANE, kind: 'google_oauth', status: 'active', last_error: null });
    expect((await room.rest('DELETE', `/accounts/${account_id}`)).body.status).toBe('deleted');
    await eventually(async () => (await room.rest('GET', '/accounts')).body.length === 0);
  });
});
